"use strict";
// Draws the figures: in light, in dark, and on paper as wide as the sheet.
const PAPER = { width: 660, scale: 0.9 };
const dark = matchMedia("(prefers-color-scheme: dark)");
const plots = Array.from(document.querySelectorAll(".plot"));

function inkOf(isDark) {
  return isDark ? { text: "#e4e8eb", grid: "#36414b" } : { text: "#1c2630", grid: "#e0e4e3" };
}

function templateOf(ink) {
  const axis = { gridcolor: ink.grid, linecolor: ink.grid, zerolinecolor: ink.grid, automargin: true, fixedrange: true, title: { standoff: 14 } };
  return {
    layout: {
      paper_bgcolor: "rgba(0, 0, 0, 0)",
      plot_bgcolor: "rgba(0, 0, 0, 0)",
      font: { color: ink.text, family: getComputedStyle(document.body).fontFamily, size: 13 },
      xaxis: axis,
      yaxis: axis,
    },
  };
}

function draw(plot, isDark, paper) {
  const ink = inkOf(isDark);
  const text = document.getElementById(plot.dataset.content).textContent;
  // Black lines would not be seen on a dark page.
  const content = JSON.parse(text, (key, value) => (key === "color" && value === "black" ? ink.text : value));
  const layout = {
    ...content.layout,
    template: templateOf(ink),
    margin: { ...content.layout.margin, t: 40 },
    // A finger on a figure scrolls the page.
    dragmode: false,
    width: paper ? paper.width : undefined,
    height: content.layout.height * (paper ? paper.scale : 1),
  };
  plot.style.height = `${layout.height}px`;
  return Plotly.react(plot, content.data, layout, { displayModeBar: false, responsive: true });
}

function drawAll(isDark, paper) {
  plots.forEach((plot) => draw(plot, isDark, paper));
}

drawAll(dark.matches);
dark.addEventListener("change", () => drawAll(dark.matches));
addEventListener("beforeprint", () => drawAll(false, PAPER));
addEventListener("afterprint", () => drawAll(dark.matches));
