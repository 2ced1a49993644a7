// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.schedule;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/**
 * How often a layer's router chose each expert for one generation; one event a layer, at the
 * generation's end. Generations that begin while the event is enabled are counted.
 */
@Name("dev.coterie.ExpertRouting")
@Label("Expert Routing")
@Description("How often the experts of a layer were chosen for one generation")
@Category("Coterie")
@StackTrace(false)
final class ExpertRoutingEvent extends Event {
  @Label("Generation")
  @Description("Counts the generations of a model, from 1")
  long generation;

  @Label("Layer")
  int layer;

  @Label("Experts per Token")
  int expertsPerToken;

  @Label("Counts")
  @Description("Tokens sent to each expert, parted by spaces")
  String counts = "";
}
