// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu;

import com.sun.management.OperatingSystemMXBean;
import dev.coterie.DeviceMemory;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The memory of this machine and of the control groups that the process runs in (version 1 and 2),
 * as Linux tells it in files. What cannot be read counts as no limit; without {@code /proc} the JDK
 * is asked.
 *
 * @param root where {@code proc} and {@code sys} are
 */
record MachineMemory(Path root) {
  private static final String VERSION_2 = "";

  /** What there is now. */
  DeviceMemory read() {
    long total = kilobytes("MemTotal:");
    long available = kilobytes("MemAvailable:");
    if (total < 0 || available < 0) {
      OperatingSystemMXBean system =
          (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
      total = system.getTotalMemorySize();
      available = system.getFreeMemorySize();
    }
    long limit = total;
    available = Math.min(available, limit);
    for (String line : lines(root.resolve("proc/self/cgroup"))) {
      String[] parts = line.split(":", 3); // number:controllers:path
      if (parts.length < 3) {
        continue;
      }
      boolean second = parts[1].equals(VERSION_2);
      if (!second && !List.of(parts[1].split(",")).contains("memory")) {
        continue;
      }
      for (Path group : groups(second, parts[2])) {
        long most = number(group.resolve(second ? "memory.max" : "memory.limit_in_bytes"));
        if (most < 0) {
          continue;
        }
        long used = number(group.resolve(second ? "memory.current" : "memory.usage_in_bytes"));
        long left = Math.max(0, most - Math.max(0, used - fileCache(second, group)));
        limit = Math.min(limit, most);
        available = Math.min(available, left);
      }
    }
    return new DeviceMemory(total, limit, Math.min(available, limit));
  }

  /**
   * The group of the process and those around it. In a container the path may be one of the host,
   * while the container's own group stands at the top.
   */
  private List<Path> groups(boolean second, String path) {
    Path top = root.resolve(second ? "sys/fs/cgroup" : "sys/fs/cgroup/memory");
    List<Path> groups = new ArrayList<>();
    Path group = top.resolve(path.replaceFirst("^/+", "")).normalize();
    while (group != null && group.startsWith(top) && !group.equals(top)) {
      groups.add(group);
      group = group.getParent();
    }
    groups.add(top);
    return groups;
  }

  /** Pages of files, which give way to others. */
  private long fileCache(boolean second, Path group) {
    String prefix = second ? "" : "total_";
    long bytes = 0;
    for (String line : lines(group.resolve("memory.stat"))) {
      if (line.startsWith(prefix + "inactive_file ") || line.startsWith(prefix + "active_file ")) {
        bytes += Math.max(0, parse(line.substring(line.indexOf(' ') + 1)));
      }
    }
    return bytes;
  }

  private long kilobytes(String key) {
    for (String line : lines(root.resolve("proc/meminfo"))) {
      if (line.startsWith(key)) {
        return parse(line.substring(key.length()).replace("kB", "")) << 10;
      }
    }
    return -1;
  }

  private static long number(Path file) {
    List<String> lines = lines(file);
    return lines.isEmpty() ? -1 : parse(lines.getFirst());
  }

  /** A number, or −1 for anything else, such as {@code max}. */
  private static long parse(String text) {
    try {
      return Long.parseLong(text.strip());
    } catch (NumberFormatException e) {
      return -1;
    }
  }

  private static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file);
    } catch (IOException e) {
      return List.of();
    }
  }
}
