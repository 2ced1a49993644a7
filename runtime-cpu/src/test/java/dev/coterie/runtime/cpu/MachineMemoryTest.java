// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coterie.DeviceMemory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Limits of machines and containers, from files as Linux has them. */
class MachineMemoryTest {
  private static final long GIB = 1L << 30;

  @TempDir Path root;

  private void file(String name, String text) throws IOException {
    Path file = root.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }

  private DeviceMemory read() {
    return new MachineMemory(root).read();
  }

  @BeforeEach
  void machine() throws IOException {
    file(
        "proc/meminfo",
        "MemTotal:       16777216 kB\nMemFree:  1048576 kB\nMemAvailable:    8388608 kB\n");
  }

  @Test
  void withoutAGroupTheMachineIsTheLimit() throws IOException {
    assertThat(read()).isEqualTo(new DeviceMemory(16 * GIB, 16 * GIB, 8 * GIB));
    file("proc/self/cgroup", "0::/\n");
    file("sys/fs/cgroup/memory.max", "max\n");
    assertThat(read()).isEqualTo(new DeviceMemory(16 * GIB, 16 * GIB, 8 * GIB));
  }

  @Test
  void theTightestGroupOfVersion2Counts() throws IOException {
    file("proc/self/cgroup", "0::/outer/inner\n");
    file("sys/fs/cgroup/outer/inner/memory.max", "max\n");
    file("sys/fs/cgroup/outer/memory.max", 4 * GIB + "\n");
    file("sys/fs/cgroup/outer/memory.current", 3 * GIB + "\n");
    file(
        "sys/fs/cgroup/outer/memory.stat",
        "anon 7\ninactive_file " + GIB + "\nactive_file " + GIB / 2 + "\n");
    assertThat(read()).isEqualTo(new DeviceMemory(16 * GIB, 4 * GIB, 5 * GIB / 2));
  }

  @Test
  void aContainerSeesItsOwnGroupAtTheTop() throws IOException {
    file("proc/self/cgroup", "0::/../docker/abc\n");
    file("sys/fs/cgroup/memory.max", 2 * GIB + "\n");
    file("sys/fs/cgroup/memory.current", 5 * GIB + "\n");
    assertThat(read()).isEqualTo(new DeviceMemory(16 * GIB, 2 * GIB, 0));
  }

  @Test
  void version1HasFilesOfOtherNames() throws IOException {
    file("proc/self/cgroup", "12:cpu,cpuacct:/x\n5:memory:/job\n1:name=systemd:/y\n");
    file("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
    file("sys/fs/cgroup/memory/memory.usage_in_bytes", GIB + "\n");
    file("sys/fs/cgroup/memory/job/memory.limit_in_bytes", 3 * GIB + "\n");
    file("sys/fs/cgroup/memory/job/memory.usage_in_bytes", 2 * GIB + "\n");
    file("sys/fs/cgroup/memory/job/memory.stat", "inactive_file 5\ntotal_inactive_file " + GIB);
    assertThat(read()).isEqualTo(new DeviceMemory(16 * GIB, 3 * GIB, 2 * GIB));
  }

  @Test
  void whatCannotBeReadIsNoLimit() throws IOException {
    file("proc/self/cgroup", "nonsense\n0::/a\n");
    file("sys/fs/cgroup/a/memory.max", "many\n");
    assertThat(read()).isEqualTo(new DeviceMemory(16 * GIB, 16 * GIB, 8 * GIB));
    file("sys/fs/cgroup/a/memory.max", "1024\n");
    file("sys/fs/cgroup/a/memory.current", "\n");
    assertThat(read()).isEqualTo(new DeviceMemory(16 * GIB, 1024, 1024));
  }

  @Test
  void withoutProcTheJdkIsAsked() throws IOException {
    Files.delete(root.resolve("proc/meminfo"));
    DeviceMemory memory = read();
    assertThat(memory.totalBytes()).isGreaterThan(1L << 26);
    assertThat(memory.limitBytes()).isEqualTo(memory.totalBytes());
    assertThat(memory.availableBytes()).isPositive();
  }
}
