// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.benchmark.plot;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Line2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import javax.imageio.ImageIO;

/**
 * Lines, dots and texts on a white sheet, written as SVG or PNG.
 *
 * @param width in pixels
 * @param height in pixels
 * @param shapes what is drawn, in this order
 */
public record Picture(int width, int height, List<Shape> shapes) {
  private static final int FONT_SIZE = 12;
  private static final float RADIUS = 4;
  private static final int PNG_SCALE = 2;

  /** Something drawn, in pixels from the upper left corner. */
  public sealed interface Shape permits Line, Dot, Text {}

  /** A line; the color is {@code #rrggbb}. */
  public record Line(double x1, double y1, double x2, double y2, String color, boolean dashed)
      implements Shape {}

  /** A filled circle. */
  public record Dot(double x, double y, String color) implements Shape {}

  /** A text that begins, has its middle or ends at a point of its base line. */
  public record Text(double x, double y, String text, Anchor anchor, String color)
      implements Shape {}

  /** Which part of a text lies at its point. */
  public enum Anchor {
    START,
    MIDDLE,
    END
  }

  /** Copies the list. */
  public Picture {
    shapes = List.copyOf(shapes);
  }

  /** Writes {@code name.svg} and {@code name.png} into a folder. */
  public void write(Path folder, String name) throws IOException {
    Files.writeString(folder.resolve(name + ".svg"), svg());
    if (!ImageIO.write(image(), "png", folder.resolve(name + ".png").toFile())) {
      throw new IOException("this JDK cannot write PNG");
    }
  }

  /** The picture as an SVG document. */
  public String svg() {
    StringBuilder out = new StringBuilder();
    out.append(
        String.format(
            Locale.ROOT,
            """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d"             font-family="sans-serif" font-size="%d">
            <rect width="100%%" height="100%%" fill="#ffffff"/>
            """,
            width,
            height,
            width,
            height,
            FONT_SIZE));
    shapes.forEach(shape -> out.append(svg(shape)).append('\n'));
    return out.append("</svg>\n").toString();
  }

  private static String svg(Shape shape) {
    return switch (shape) {
      case Line(double x1, double y1, double x2, double y2, String color, boolean dashed) ->
          String.format(
              Locale.ROOT,
              "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"%s\"%s/>",
              x1,
              y1,
              x2,
              y2,
              color,
              dashed ? " stroke-dasharray=\"6 4\"" : "");
      case Dot(double x, double y, String color) ->
          String.format(
              Locale.ROOT,
              "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%.0f\" fill=\"%s\"/>",
              x,
              y,
              RADIUS,
              color);
      case Text(double x, double y, String text, Anchor anchor, String color) ->
          String.format(
              Locale.ROOT,
              "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" fill=\"%s\">%s</text>",
              x,
              y,
              anchor.name().toLowerCase(Locale.ROOT),
              color,
              text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"));
    };
  }

  /** The picture in twice as many pixels. */
  public BufferedImage image() {
    BufferedImage image =
        new BufferedImage(PNG_SCALE * width, PNG_SCALE * height, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = image.createGraphics();
    graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
    graphics.scale(PNG_SCALE, PNG_SCALE);
    graphics.setColor(Color.WHITE);
    graphics.fillRect(0, 0, width, height);
    graphics.setFont(new Font(Font.SANS_SERIF, Font.PLAIN, FONT_SIZE));
    shapes.forEach(shape -> draw(shape, graphics));
    graphics.dispose();
    return image;
  }

  private static void draw(Shape shape, Graphics2D graphics) {
    switch (shape) {
      case Line(double x1, double y1, double x2, double y2, String color, boolean dashed) -> {
        graphics.setColor(Color.decode(color));
        graphics.setStroke(
            dashed
                ? new BasicStroke(1, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND, 1, dash(), 0)
                : new BasicStroke(1));
        graphics.draw(new Line2D.Double(x1, y1, x2, y2));
      }
      case Dot(double x, double y, String color) -> {
        graphics.setColor(Color.decode(color));
        graphics.fill(new Ellipse2D.Double(x - RADIUS, y - RADIUS, 2 * RADIUS, 2 * RADIUS));
      }
      case Text(double x, double y, String text, Anchor anchor, String color) -> {
        graphics.setColor(Color.decode(color));
        double shift = anchor.ordinal() * graphics.getFontMetrics().stringWidth(text) / 2.0;
        graphics.drawString(text, (float) (x - shift), (float) y);
      }
    }
  }

  private static float[] dash() {
    return new float[] {6, 4};
  }
}
