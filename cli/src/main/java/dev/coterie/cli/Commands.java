// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.cli;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help;
import picocli.CommandLine.Option;

/**
 * The command line. Only the command that is asked for is constructed, because reading the
 * annotations of all of them would slow every start down.
 */
final class Commands {
  private static final Map<String, Function<Console, CoterieCommand>> ALL = new LinkedHashMap<>();

  static {
    ALL.put("run", RunCommand::new);
    ALL.put("chat", ChatCommand::new);
    ALL.put("pull", PullCommand::new);
    ALL.put("inspect", InspectCommand::new);
    ALL.put("convert", ConvertCommand::new);
    ALL.put("cache", CacheCommand::new);
    ALL.put("backends", BackendsCommand::new);
    ALL.put("bench", BenchCommand::new);
    ALL.put("score", ScoreCommand::new);
    ALL.put("embed", EmbedCommand::new);
    ALL.put("tokenize", TokenizeCommand::new);
    ALL.put("render", RenderCommand::new);
  }

  private Commands() {}

  /**
   * Runs a command.
   *
   * @param console its streams
   * @param args the command line
   * @return the exit code; what went wrong is on standard error
   */
  static int run(Console console, String... args) {
    int code;
    try {
      code = commandLine(console, args).execute(args);
    } catch (Throwable error) {
      code = report(console, error);
    }
    if (console.out().checkError() && code == ExitCodes.OK) {
      console.note("standard output: cannot be written");
      code = ExitCodes.FAILURE;
    }
    console.err().flush();
    return console.interrupts().requested() ? ExitCodes.INTERRUPTED : code;
  }

  private static CommandLine commandLine(Console console, String... args) {
    CommandLine root = new CommandLine(new Root());
    root.getCommandSpec().version("coterie " + version());
    String first = args.length == 0 ? "" : args[0];
    if (ALL.containsKey(first)) {
      add(root, first, console);
    } else if (first.startsWith("-")) {
      ALL.keySet().forEach(name -> add(root, name, console));
    } else {
      throw CommandException.usage(
          (first.isEmpty() ? "no command" : "unknown command '" + first + "'")
              + "; expected one of "
              + String.join(", ", ALL.keySet())
              + " (see coterie --help)");
    }
    // A prompt may begin with @, which picocli would take for a file of arguments.
    root.setExpandAtFiles(false);
    root.setCaseInsensitiveEnumValuesAllowed(true);
    root.setColorScheme(Help.defaultColorScheme(Help.Ansi.OFF));
    root.setOut(new PrintWriter(console.out(), true, StandardCharsets.UTF_8));
    root.setErr(new PrintWriter(console.err(), true, StandardCharsets.UTF_8));
    root.setParameterExceptionHandler((error, _) -> reportUsage(console, error));
    root.setExecutionExceptionHandler((error, _, _) -> report(console, error));
    return root;
  }

  private static void add(CommandLine root, String name, Console console) {
    Function<Console, CoterieCommand> constructor = ALL.get(name);
    if (constructor != null) {
      root.addSubcommand(name, constructor.apply(console));
    }
  }

  private static int reportUsage(Console console, CommandLine.ParameterException error) {
    String message = error.getMessage() == null ? "malformed command line" : error.getMessage();
    String command = error.getCommandLine().getCommandSpec().qualifiedName();
    console.note(
        Character.toLowerCase(message.charAt(0))
            + message.substring(1)
            + " (see "
            + command
            + " --help)");
    return ExitCodes.USAGE;
  }

  private static int report(Console console, Throwable error) {
    int code = Failures.exitCode(error);
    if (!console.interrupts().requested()) {
      console.note(Failures.message(error));
    }
    if (console.environment().containsKey("COTERIE_DEBUG")) {
      error.printStackTrace(console.err());
    }
    return code;
  }

  private static String version() {
    @Nullable String version = Commands.class.getPackage().getImplementationVersion();
    return version == null ? "(unpackaged)" : version;
  }

  @Command(
      name = "coterie",
      description = "Runs language models on this machine.",
      subcommandsRepeatable = false)
  static final class Root implements Runnable {
    @Option(
        names = {"-h", "--help"},
        usageHelp = true,
        description = "Show this help and exit.")
    boolean help;

    @Option(
        names = {"-V", "--version"},
        versionHelp = true,
        description = "Show the version and exit.")
    boolean version;

    @Override
    public void run() {
      throw CommandException.usage("no command; see coterie --help");
    }
  }
}
