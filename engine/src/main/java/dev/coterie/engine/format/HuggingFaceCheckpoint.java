// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.format;

import dev.coterie.ModelFormatException;
import dev.coterie.ModelInfo;
import dev.coterie.TensorInfo;
import dev.coterie.UnsupportedModelException;
import dev.coterie.engine.format.Shards.Weight;
import dev.coterie.engine.format.TensorNames.Block;
import dev.coterie.engine.format.TensorNames.Expert;
import dev.coterie.engine.tokenizer.PromptTokenizer;
import dev.coterie.engine.tokenizer.Tokenizers;
import dev.coterie.spi.DataType;
import dev.coterie.spi.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.WeakReference;
import java.nio.charset.CharacterCodingException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A model as Hugging Face hosts them: safetensors files with a {@code config.json} and a {@code
 * tokenizer.json} beside. Keys and tensors appear under the names of GGUF files; what such files
 * hold in another shape is turned into theirs: latent attention's {@code kv_b_proj} is split into
 * keys, turned, and values; gate and up of experts are taken apart.
 *
 * <p>Thread-safe. Whoever opens it closes it; its tensors must not be read after close.
 */
public final class HuggingFaceCheckpoint implements Checkpoint {
  private static final String INDEX = "model.safetensors.index.json";
  private static final String SINGLE = "model.safetensors";
  private static final Pattern PART = Pattern.compile(".*-[0-9]{5}-of-[0-9]{5}\\.safetensors");
  private static final String TEMPLATE = "tokenizer.chat_template";
  private static final int FP8_BLOCK = 128;

  private final Arena arena;
  private final Path directory;
  private final Shards shards;
  private final Metadata metadata;
  private final String architecture;
  private final TensorNames names;
  private final WeightReader weights;
  private final ExpertReader experts;
  private final Matrices matrices;
  private final int[] scaleBlock; // rows and columns that share a scale of 8-bit floats
  private final boolean tied;
  private final UnusedTensors unused;
  private final float @Nullable [] ropeDivisors;
  private final List<@Nullable FileStamp> stamps; // of the weights and the config

  /** What was made of a checkpoint's tensors, while somebody holds it. */
  private final Map<String, WeakReference<Tensor>> made = new ConcurrentHashMap<>();

  @SuppressWarnings("ArenaNotClosed")
  private HuggingFaceCheckpoint(Arena arena, Path path) throws IOException {
    this.arena = arena;
    Path weightsPath = Files.isDirectory(path) ? weightsIn(path) : path.toAbsolutePath();
    directory = Shards.folder(weightsPath);
    if (PART.matcher(String.valueOf(weightsPath.getFileName())).matches()) {
      throw new ModelFormatException(
          weightsPath, -1, "this is a part of a model; open " + INDEX + " or the folder");
    }
    Path configPath = directory.resolve("config.json");
    if (!Files.exists(configPath)) {
      throw new ModelFormatException(configPath, -1, "the file is missing beside the weights");
    }
    FileStamp configStamp = FileStamp.settled(configPath);
    ConfigFile config = ConfigFile.read(configPath);
    ConfigFile text = ConfigKeys.text(config);
    architecture = ConfigKeys.architecture(text);
    scaleBlock = blockSize(config.contains("quantization_config") ? config : text);
    shards =
        weightsPath.toString().endsWith(".json")
            ? Shards.indexed(weightsPath, arena)
            : Shards.single(weightsPath, arena);
    stamps = shards.stamps();
    stamps.add(configStamp);
    int numLayers = ConfigKeys.numLayers(text);
    names = new TensorNames(architecture, numLayers, shards::contains);
    matrices = new Matrices(false);
    weights = new WeightReader(architecture, shards, scaleBlock[0], scaleBlock[1], false);
    experts = new ExpertReader(architecture, weights, names, matrices);
    tied = config.bool("tie_word_embeddings", text.bool("tie_word_embeddings", false));
    unused =
        new UnusedTensors(
            architecture,
            names.prefix(),
            numLayers,
            tied ? names.candidates("output.weight") : List.of());
    ropeDivisors = ConfigKeys.ropeDivisors(text);
    Map<String, String> origins = new HashMap<>();
    Map<String, Object> pairs =
        ConfigKeys.pairs(text, modelName(), numNextn(text, numLayers), origins);
    String template = chatTemplate();
    if (template != null) {
      pairs.put(TEMPLATE, template);
    }
    metadata = new Metadata(configPath, pairs, origins);
  }

  /** The planning view of a checkpoint. */
  private HuggingFaceCheckpoint(HuggingFaceCheckpoint other) {
    arena = other.arena;
    directory = other.directory;
    shards = other.shards;
    metadata = other.metadata;
    architecture = other.architecture;
    names = other.names;
    scaleBlock = other.scaleBlock;
    matrices = new Matrices(true);
    weights = new WeightReader(architecture, shards, scaleBlock[0], scaleBlock[1], true);
    experts = new ExpertReader(architecture, weights, names, matrices);
    tied = other.tied;
    unused = other.unused;
    ropeDivisors = other.ropeDivisors;
    stamps = other.stamps;
  }

  /**
   * Maps and checks a model.
   *
   * @param path a folder, a {@code .safetensors} file that holds the whole model, or the index of a
   *     sharded one
   * @return the checkpoint; close it
   * @throws IOException if a file cannot be read
   * @throws ModelFormatException if a file is damaged or missing
   * @throws UnsupportedModelException if the config names a kind of model that is not supported
   */
  @SuppressWarnings("MustBeClosedChecker") // the checkpoint closes it
  public static HuggingFaceCheckpoint open(Path path) throws IOException {
    Arena arena = Arena.ofShared();
    boolean opened = false;
    try {
      HuggingFaceCheckpoint checkpoint = new HuggingFaceCheckpoint(arena, path);
      opened = true;
      return checkpoint;
    } finally {
      if (!opened) {
        arena.close();
      }
    }
  }

  @Override
  public HuggingFaceCheckpoint planning() {
    return new HuggingFaceCheckpoint(this);
  }

  @Override
  public Metadata metadata() {
    return metadata;
  }

  /** What the files say of themselves; the tensors are listed under their own names. */
  @Override
  public ModelInfo info() {
    checkOpen();
    Map<String, Object> shown = new java.util.LinkedHashMap<>(metadata.values());
    shown.replaceAll((key, value) -> show(value));
    return new ModelInfo(
        shards.path(),
        "safetensors",
        architecture,
        metadata.string("general.name"),
        metadata.integer(architecture + ".context_length", 1, Integer.MAX_VALUE),
        metadata.integer(architecture + ".vocab_size", 0, Integer.MAX_VALUE, 0),
        shards.bytes(),
        shown,
        shards.tensors());
  }

  @Override
  public List<String> names() {
    checkOpen();
    List<String> found = new ArrayList<>();
    for (String name : TensorNames.ofModel()) {
      if (isPresent(name)) {
        found.add(name);
      }
    }
    int numLayers = metadata.integer(architecture + ".block_count", 0, 1 << 20);
    for (int layer = 0; layer < numLayers; layer++) {
      for (String suffix : TensorNames.ofBlock()) {
        String name = "blk." + layer + "." + suffix;
        if (isPresent(name)) {
          found.add(name);
        }
      }
    }
    return found;
  }

  private boolean isPresent(String name) {
    Block block = TensorNames.block(name);
    if (block == null) {
      return ofModel(name) != null
          || (!(name.equals("output.weight") && tied)
              && weights.find(names.candidates(name)) != null);
    }
    Expert part = block.experts();
    if (part != null) {
      return !experts.matrices(block.layer(), part).isEmpty();
    }
    return switch (block.suffix()) {
      case "attn_k_b.weight", "attn_v_b.weight" ->
          weights.find(names.named(block.layer(), "self_attn.kv_b_proj.weight")) != null;
      case "ffn_gate_exps.bias", "ffn_up_exps.bias", "ffn_down_exps.bias", "nextn.eh_proj.weight" ->
          find(name) != null;
      default -> weights.find(names.candidates(name)) != null;
    };
  }

  @Override
  public PromptTokenizer tokenizer() throws IOException {
    Path path = Tokenizers.in(directory);
    if (!Files.exists(path)) {
      throw new ModelFormatException(path, -1, "the file is missing beside the weights");
    }
    // the table of embeddings is often longer than the list of tokens
    int size = metadata.integer(architecture + ".vocab_size", 1, 1 << 24);
    return Tokenizers.read(path, size);
  }

  @Override
  public Map<String, Object> tokenizerPairs() throws IOException {
    int size = metadata.integer(architecture + ".vocab_size", 1, 1 << 24);
    return Tokenizers.pairs(Tokenizers.in(directory), size);
  }

  @Override
  public @Nullable Tensor find(String name) {
    checkOpen();
    WeakReference<Tensor> reference = made.get(name);
    Tensor known = reference == null ? null : reference.get();
    if (known != null) {
      return known;
    }
    Block block = TensorNames.block(name);
    Tensor tensor = block == null ? ofModel(name) : ofBlock(block);
    if (tensor == null) {
      Weight weight =
          name.equals("output.weight") && tied ? null : weights.find(names.candidates(name));
      return weight == null ? null : weights.read(weight);
    }
    made.put(name, new WeakReference<>(tensor));
    return tensor;
  }

  @Override
  public Tensor tensor(String name, long... expected) {
    Tensor tensor = find(name);
    if (tensor == null) {
      throw missing(name, expected);
    }
    return shaped(tensor, Arrays.stream(expected).boxed().toList());
  }

  @Override
  public List<Tensor> experts(String name, int count, long rows, long columns) {
    checkOpen();
    Block block = TensorNames.block(name);
    Expert part = block == null ? null : block.experts();
    if (block == null || part == null) {
      Tensor stack = tensor(name, count, rows, columns); // of heads, say
      return IntStream.range(0, count).mapToObj(i -> matrices.ofStack(stack, i)).toList();
    }
    List<Tensor> found = experts.matrices(block.layer(), part);
    if (found.isEmpty()) {
      throw missing(name, count, rows, columns);
    }
    if (found.size() != count) {
      throw new ModelFormatException(
          shards.path(),
          -1,
          "tensor '"
              + found.getLast().name()
              + "': expected "
              + count
              + " experts, found "
              + found.size());
    }
    return found.stream().map(matrix -> shaped(matrix, List.of(rows, columns))).toList();
  }

  @Override
  public int[] integers(String name, int limit, long... expected) {
    checkOpen();
    Weight weight = weights.find(names.candidates(name));
    if (weight == null) {
      throw missing(name, expected);
    }
    SafetensorsEntry entry = weight.entry();
    List<Long> shape = Arrays.stream(expected).boxed().toList();
    if (!entry.shape().equals(shape)) {
      throw entry.fault("expected " + shape + ", found " + entry.shape());
    }
    boolean wide = entry.type() == SafetensorsType.I64;
    if (!wide && entry.type() != SafetensorsType.I32) {
      throw entry.fault("expected integers of type I32 or I64, found " + entry.type());
    }
    int width = wide ? 8 : 4;
    MemorySegment data = weight.file().data(entry);
    int[] values = new int[Math.toIntExact(data.byteSize() / width)];
    for (int i = 0; i < values.length; i++) {
      long at = (long) i * width;
      long value = wide ? data.get(LittleEndian.LONG, at) : data.get(LittleEndian.INT, at);
      if (value < 0 || value >= limit) {
        throw weight
            .file()
            .dataFault(
                entry, at, "expected integers from 0 to " + (limit - 1) + ", found " + value);
      }
      values[i] = (int) value;
    }
    return values;
  }

  @Override
  public void refuseOthers(Set<String> used, int layers) {
    for (TensorInfo tensor : shards.tensors()) {
      String name = tensor.name();
      if (!weights.wasFound(name) && !unused.contains(name)) {
        throw weights.fault(
            name, "expected only tensors of " + architecture + " models, found another");
      }
    }
  }

  @Override
  public @Nullable String identity() {
    return FileStamp.join(stamps, List.of());
  }

  @Override
  public boolean permutesRotatedRows() {
    return false;
  }

  /** Unmaps the files. Closing twice does nothing. */
  @Override
  public synchronized void close() {
    if (arena.scope().isAlive()) {
      arena.close();
    }
  }

  private void checkOpen() {
    if (!arena.scope().isAlive()) {
      throw new IllegalStateException("model files are closed");
    }
  }

  /** What is not in the files under any name. */
  private @Nullable Tensor ofModel(String name) {
    if (!name.equals("rope_freqs.weight") || ropeDivisors == null) {
      return null;
    }
    MemorySegment data = Arena.ofAuto().allocate(4L * ropeDivisors.length, 64);
    for (int i = 0; i < ropeDivisors.length; i++) {
      data.set(LittleEndian.FLOAT, 4L * i, ropeDivisors[i]);
    }
    return new Tensor(name, DataType.F32, List.of((long) ropeDivisors.length), data);
  }

  /** What is in the files in another shape. */
  private @Nullable Tensor ofBlock(Block block) {
    Expert part = block.experts();
    if (part != null) {
      List<Tensor> found = experts.matrices(block.layer(), part);
      return found.isEmpty() ? null : matrices.stacked(found);
    }
    Expert bias = block.expertBias();
    if (bias != null) {
      return experts.biases(block.layer(), bias);
    }
    return switch (block.suffix()) {
      case "attn_k_b.weight" -> latentHeads(block.layer(), true);
      case "attn_v_b.weight" -> latentHeads(block.layer(), false);
      case "nextn.eh_proj.weight" -> {
        Weight left = weights.find(names.named(block.layer(), "e_proj.weight"));
        Weight right = weights.find(names.named(block.layer(), "h_proj.weight"));
        yield left == null || right == null
            ? null
            : matrices.beside(
                weights.read(left), shaped(weights.read(right), left.entry().shape()));
      }
      default -> null;
    };
  }

  /** The part of {@code kv_b_proj} that makes keys or values of the latent. */
  private @Nullable Tensor latentHeads(int layer, boolean keys) {
    Weight weight = weights.find(names.named(layer, "self_attn.kv_b_proj.weight"));
    if (weight == null) {
      return null;
    }
    int heads = metadata.integer(architecture + ".attention.head_count", 1, 1 << 16);
    int rotated = metadata.integer(architecture + ".rope.dimension_count", 0, 1 << 20);
    int key = metadata.integer(architecture + ".attention.key_length_mla", rotated + 1, 1 << 20);
    int value = metadata.integer(architecture + ".attention.value_length_mla", 1, 1 << 20);
    int nope = key - rotated;
    Tensor matrix = weights.read(weight);
    if (matrix.shape().size() != 2 || matrix.rows() != (long) heads * (nope + value)) {
      throw weight
          .entry()
          .fault(
              "expected "
                  + (long) heads * (nope + value)
                  + " rows for "
                  + heads
                  + " heads, found "
                  + matrix.shape());
    }
    return keys
        ? matrices.ofHeadsTransposed(matrix, heads, 0, nope)
        : matrices.ofHeads(matrix, heads, nope, value);
  }

  private ModelFormatException missing(String name, long... expected) {
    List<String> candidates = names.candidates(name);
    return new ModelFormatException(
        shards.path(),
        -1,
        "tensor '"
            + name
            + "' is missing; expected "
            + Arrays.toString(expected)
            + (candidates.isEmpty() ? "" : " as '" + candidates.getFirst() + "'"));
  }

  private Tensor shaped(Tensor tensor, List<Long> shape) {
    if (!withoutLeadingOnes(shape).equals(withoutLeadingOnes(tensor.shape()))) {
      throw weights.misshapen(tensor.name(), shape, tensor.shape());
    }
    return shape.equals(tensor.shape())
        ? tensor
        : new Tensor(tensor.name(), tensor.type(), shape, tensor.data(), tensor.scales());
  }

  private static List<Long> withoutLeadingOnes(List<Long> shape) {
    int from = 0;
    while (from < shape.size() - 1 && shape.get(from) == 1) {
      from++;
    }
    return shape.subList(from, shape.size());
  }

  /** The file that holds a folder's weights or lists them. */
  private static Path weightsIn(Path directory) throws IOException {
    for (String name : List.of(INDEX, SINGLE)) {
      if (Files.exists(directory.resolve(name))) {
        return directory.resolve(name).toAbsolutePath();
      }
    }
    List<Path> found = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "*.safetensors")) {
      files.forEach(found::add);
    }
    if (found.size() != 1) {
      throw new ModelFormatException(
          directory, -1, "expected " + SINGLE + " or " + INDEX + ", found neither in the folder");
    }
    return found.getFirst().toAbsolutePath();
  }

  /** The block of 8-bit floats that shares a scale; refuses what is quantized in other ways. */
  private int[] blockSize(ConfigFile config) {
    ConfigFile quantization = config.object("quantization_config");
    if (quantization.values().isEmpty()) {
      return new int[] {FP8_BLOCK, FP8_BLOCK};
    }
    String method = quantization.string("quant_method", "");
    boolean blocks = quantization.contains("weight_block_size");
    long[] size =
        blocks ? quantization.integers("weight_block_size") : new long[] {FP8_BLOCK, FP8_BLOCK};
    boolean known = method.equals("mxfp4") || (method.equals("fp8") && (blocks || isDeepSeek4()));
    if (!known) {
      throw new UnsupportedModelException(
          architecture,
          "quantization '"
              + method
              + "' is not supported"
              + (method.equals("fp8") ? " without weight_block_size" : "")
              + "; fp8 with weight_block_size, mxfp4 and models without quantization are");
    }
    if (size.length != 2 || size[0] < 1 || size[1] < 1 || size[0] > 1 << 20 || size[1] > 1 << 20) {
      throw quantization.fault(
          "weight_block_size", "expected two sizes from 1 on, found " + Arrays.toString(size));
    }
    return new int[] {(int) size[0], (int) size[1]};
  }

  private boolean isDeepSeek4() {
    return architecture.equals("deepseek4");
  }

  /** How many of the blocks that predict further tokens are there. */
  private int numNextn(ConfigFile text, int numLayers) {
    int most = (int) text.integer("num_nextn_predict_layers", 1 << 10, 0);
    int found = 0;
    String name = isDeepSeek4() ? "e_proj.weight" : "eh_proj.weight";
    while (found < most && weights.find(names.named(numLayers + found, name)) != null) {
      found++;
    }
    return found;
  }

  private String modelName() {
    Path folder = directory.getFileName();
    Path outer = directory.getParent();
    if (outer != null && outer.endsWith("snapshots") && outer.getParent() != null) {
      folder = outer.getParent().getFileName(); // models--owner--name in a download cache
    }
    String name = String.valueOf(folder);
    return name.substring(name.lastIndexOf("--") < 0 ? 0 : name.lastIndexOf("--") + 2);
  }

  /** The chat template, which is a file of its own or lies in the tokenizer's config. */
  private @Nullable String chatTemplate() throws IOException {
    Path own = directory.resolve("chat_template.jinja");
    if (Files.isRegularFile(own)) {
      try {
        return Files.readString(own);
      } catch (CharacterCodingException e) {
        throw new ModelFormatException(own, -1, "expected text in UTF-8", e);
      }
    }
    Path config = directory.resolve("tokenizer_config.json");
    if (!Files.isRegularFile(config)) {
      return null;
    }
    return switch (ConfigFile.read(config).get("chat_template")) {
      case String template -> template;
      case List<?> list -> namedTemplate(list);
      case null, default -> null;
    };
  }

  @Override
  public String boundaryToken(String name) throws IOException {
    Path config = directory.resolve("tokenizer_config.json");
    if (!Files.isRegularFile(config)) {
      return "";
    }
    return switch (ConfigFile.read(config).get(name + "_token")) {
      case String token -> token;
      case Map<?, ?> map when map.get("content") instanceof String token -> token;
      case null, default -> "";
    };
  }

  private static @Nullable String namedTemplate(List<?> templates) {
    for (Object entry : templates) {
      if (entry instanceof Map<?, ?> map
          && "default".equals(map.get("name"))
          && map.get("template") instanceof String template) {
        return template;
      }
    }
    return null;
  }

  private static Object show(Object value) {
    return switch (value) {
      case long[] array -> Arrays.toString(array);
      case double[] array -> Arrays.toString(array);
      default -> value;
    };
  }
}
