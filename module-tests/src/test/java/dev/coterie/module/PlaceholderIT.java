// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.module;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleFinder;
import java.lang.module.ModuleReference;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class PlaceholderIT {
  @Test
  void everyJarOfAUsersModulePathIsANamedModule() {
    ModuleFinder finder = ModuleFinder.of(Path.of(System.getProperty("coterie.test.modulePath")));
    assertThat(finder.findAll())
        .extracting(ModuleReference::descriptor)
        .noneMatch(ModuleDescriptor::isAutomatic)
        .extracting(ModuleDescriptor::name)
        .contains(
            "dev.coterie",
            "dev.coterie.all",
            "dev.coterie.engine",
            "dev.coterie.foreign",
            "dev.coterie.runtime.cpu");
  }
}
