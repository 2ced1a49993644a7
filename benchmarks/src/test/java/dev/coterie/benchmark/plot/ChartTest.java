// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.benchmark.plot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coterie.benchmark.plot.Chart.Point;
import dev.coterie.benchmark.plot.Chart.Series;
import dev.coterie.benchmark.plot.Chart.Style;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;
import org.w3c.dom.Element;

class ChartTest {
  private static Chart chart() {
    return new Chart(
        "a < b & c",
        "x",
        "y",
        List.of(
            new Series("dots", 0, Style.DOTS, List.of(new Point(1, 1), new Point(16, 4, "here"))),
            new Series("line", 1, Style.LINE, List.of(new Point(1, 4), new Point(4, 2))),
            new Series("roof", 2, Style.PREDICTION, List.of(new Point(1, 1), new Point(16, 1)))));
  }

  @Test
  void theSvgIsWellFormedAndHasEveryPoint() throws Exception {
    Document document =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(
                new ByteArrayInputStream(chart().picture().svg().getBytes(StandardCharsets.UTF_8)));
    // two series with two dots each, and one each in the legend
    assertThat(document.getElementsByTagName("circle").getLength()).isEqualTo(6);
    assertThat(document.getElementsByTagName("text").item(0).getTextContent())
        .isEqualTo("a < b & c");
    assertThat(document.getDocumentElement().getTextContent())
        .contains("dots", "line", "roof", "here", "16");
  }

  @Test
  void axesAreLogarithmic() throws Exception {
    List<Element> dots = circles(chart());
    double left = number(dots.get(1), "cx");
    double right = number(dots.get(2), "cx");
    // 4 is half way from 1 to 16
    assertThat(number(dots.get(5), "cx")).isEqualTo((left + right) / 2);
    assertThat(number(dots.get(2), "cy")).isEqualTo(number(dots.get(4), "cy"));
    assertThat(number(dots.get(1), "cy")).isGreaterThan(number(dots.get(5), "cy"));
  }

  private static List<Element> circles(Chart chart) throws Exception {
    var nodes =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(new ByteArrayInputStream(chart.picture().svg().getBytes(StandardCharsets.UTF_8)))
            .getElementsByTagName("circle");
    return java.util.stream.IntStream.range(0, nodes.getLength())
        .mapToObj(i -> (Element) nodes.item(i))
        .toList();
  }

  private static double number(Element element, String attribute) {
    return Double.parseDouble(element.getAttribute(attribute));
  }

  @Test
  void thePngShowsTheSame(@TempDir Path folder) throws IOException {
    chart().picture().write(folder, "chart");
    BufferedImage image = ImageIO.read(folder.resolve("chart.png").toFile());
    assertThat(image.getWidth()).isEqualTo(2 * chart().picture().width());
    Picture.Dot dot =
        chart().picture().shapes().stream()
            .filter(Picture.Dot.class::isInstance)
            .map(Picture.Dot.class::cast)
            .findFirst()
            .orElseThrow();
    int pixel = image.getRGB((int) (2 * dot.x()), (int) (2 * dot.y()));
    assertThat(String.format("#%06x", pixel & 0xffffff)).isEqualTo(dot.color());
    assertThat(image.getRGB(1, 1) & 0xffffff).isEqualTo(0xffffff);
  }

  @Test
  void valuesWithoutALogarithmAreRefused() {
    Chart zero =
        new Chart("t", "x", "y", List.of(new Series("s", 0, Style.DOTS, List.of(new Point(0, 1)))));
    assertThatThrownBy(zero::picture)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("a logarithmic axis: expected finite values above 0, found 0.0 to 0.0");
  }
}
