// Turns the report's static charts into interactive ones (dygraphs): hover for values, drag to zoom, double click to go
// back. Charts over time share one cursor and one zoom. Without this script the page shows the same charts as drawings.
(function () {
  'use strict';
  var source = document.getElementById('report-data');
  if (!source || typeof Dygraph === 'undefined') return;
  var data = JSON.parse(source.textContent);
  var root = document.documentElement;
  var reset = document.getElementById('reset-zoom');
  var live = [];

  function ink(name) { return getComputedStyle(root).getPropertyValue(name).trim(); }

  function two(n) { return (n < 10 ? '0' : '') + n; }

  function clock(ms, seconds) {
    var t = new Date(ms);
    var hours = data.dated ? t.getUTCHours() : Math.floor(ms / 3600000);
    return (data.dated ? two(hours) : String(hours)) + ':' + two(t.getUTCMinutes()) +
        (seconds && t.getUTCSeconds() ? ':' + two(t.getUTCSeconds()) : '');
  }

  function figure(value) {
    if (value === null || value === undefined || isNaN(value)) return '–';
    var size = Math.abs(value);
    if (size >= 1000) return Math.round(value).toLocaleString('en-US');
    return value.toLocaleString('en-US', { maximumSignificantDigits: size < 0.01 ? 2 : 3 });
  }

  function swatch(colour, label, value) {
    var key = document.createElement('span');
    key.className = label ? 'key c' + colour : '';
    key.textContent = label;
    if (value !== undefined) {
      var number = document.createElement('b');
      number.textContent = value;
      key.appendChild(number);
    }
    return key;
  }

  function legend(chart) {
    return function (state) {
      var parts = document.createDocumentFragment();
      var at = state.x !== undefined && state.x !== null;
      state.series.forEach(function (line, i) {
        var value = at ? figure(line.y) : undefined;
        if (at || chart.labels[i]) parts.appendChild(swatch(chart.colours[i], chart.labels[i], value));
      });
      if (at) {
        var where = document.createElement('span');
        where.className = 'where';
        where.textContent = chart.overTime ? clock(state.x, true) :
            chart.logX ? 'at ' + figure(Math.pow(10, state.x)) : '≤ ' + figure(state.x);
        parts.appendChild(where);
      }
      return parts;
    };
  }

  // Warm-up, faults, releases and prefill behind the lines, as the static drawing has them.
  function underlay(context, area, graph) {
    context.save();
    context.beginPath();
    context.rect(area.x, area.y, area.w, area.h);
    context.clip();
    data.events.forEach(function (event, i) {
      var from = graph.toDomXCoord(event.from), to = graph.toDomXCoord(event.to);
      var left = Math.max(from, area.x), right = Math.min(to, area.x + area.w);
      if (right - left > 0.5) {
        context.fillStyle = ink('--band-' + event.kind) || ink('--band-warmup');
        context.fillRect(left, area.y, right - left, area.h);
      }
      var flag = graph.flagsOfReport && graph.flagsOfReport[i];
      var inside = from > area.x - 1 && from < area.x + area.w + 1;
      if (flag) flag.style.display = inside ? '' : 'none';
      if (!event.number || !inside) return;
      if (flag) flag.style.left = from + 'px';
      var colour = ink('--mark-' + event.kind) || ink('--muted');
      context.strokeStyle = colour;
      context.lineWidth = 1;
      context.setLineDash([3, 3]);
      context.beginPath();
      context.moveTo(Math.round(from) + 0.5, area.y);
      context.lineTo(Math.round(from) + 0.5, area.y + area.h);
      context.stroke();
      context.setLineDash([]);
    });
    context.restore();
  }

  // The events' numbers stand above the plot, where the canvas does not reach.
  function flags(place) {
    var layer = document.createElement('div');
    layer.className = 'flags';
    place.parentNode.appendChild(layer);
    return data.events.map(function (event) {
      if (!event.number) return null;
      var flag = document.createElement('b');
      flag.className = 'flag ' + event.kind;
      flag.textContent = event.number;
      flag.title = event.text;
      layer.appendChild(flag);
      return flag;
    });
  }

  // Rows for dygraphs' customBars, [lowest, mean, highest] of every `run` neighbours.
  function spread(rows, run) {
    var out = [];
    for (var from = 0; from < rows.length; from += run) {
      var part = rows.slice(from, from + run);
      var row = [new Date((Number(part[0][0]) + Number(part[part.length - 1][0])) / 2)];
      for (var column = 1; column < part[0].length; ++column) {
        var values = part.map(function (r) { return r[column]; }).filter(function (v) { return v !== null; });
        var sum = values.reduce(function (a, b) { return a + b; }, 0);
        row.push(values.length ? [Math.min.apply(null, values), sum / values.length, Math.max.apply(null, values)]
                               : [null, null, null]);
      }
      out.push(row);
    }
    return out;
  }

  function fixedTicks(axis) {
    return function () { return axis.ticks.map(function (tick) { return { v: tick.v, label: tick.label }; }); };
  }

  // A finger on a chart scrolls the page; only a mouse zooms.
  function interaction() {
    var model = {};
    Object.keys(Dygraph.defaultInteractionModel).forEach(function (name) {
      if (name.indexOf('touch') !== 0) model[name] = Dygraph.defaultInteractionModel[name];
    });
    return model;
  }

  function colours(chart) {
    return chart.colours.map(function (index) { return ink('--c' + index); });
  }

  function draw(chart) {
    var holder = document.getElementById(chart.id);
    var place = holder && holder.querySelector('.live');
    if (!place) return;
    var rows = chart.rows.map(function (row) {
      return chart.overTime ? [new Date(row[0])].concat(row.slice(1)) : row;
    });
    if (!rows.length) return;
    holder.classList.add('is-live');
    var condensed = chart.run > 1;
    var overview = condensed ? spread(rows, chart.run) : rows;
    var detailed = false;
    var graph = new Dygraph(place, overview, {
      customBars: condensed,
      labels: ['x'].concat(chart.colours.map(function (unused, i) { return 's' + i; })),
      colors: colours(chart),
      labelsUTC: true,
      legend: 'always',
      labelsDiv: holder.querySelector('.legend'),
      legendFormatter: legend(chart),
      // A tick that is exactly at the top would be left out.
      valueRange: [chart.y.low, chart.y.high + (chart.y.high - chart.y.low) * 1e-4],
      dateWindow: chart.overTime ? null : [chart.x.low, chart.x.high],
      strokeWidth: 1.6,
      fillGraph: !condensed && chart.colours.length === 1,
      fillAlpha: condensed ? 0.22 : 0.12,
      highlightCircleSize: 3,
      axisLabelFontSize: 11,
      axisTickSize: 0,
      axisLineWidth: 1,
      axisLineColor: ink('--rule'),
      gridLineColor: ink('--rule'),
      gridLineWidth: 1,
      title: ' ',  // room for the numbers of the events
      titleHeight: 18,
      xAxisHeight: 22,
      rightGap: 16,
      animatedZooms: false,
      interactionModel: interaction(),
      underlayCallback: chart.overTime ? underlay : null,
      zoomCallback: zoomed,
      drawCallback: function (me, initial) {
        if (initial || !condensed) return;
        // Zoomed in, there is room for every sample.
        var range = me.xAxisRange(), all = me.xAxisExtremes();
        var wanted = range[1] - range[0] < 0.5 * (all[1] - all[0]);
        if (wanted === detailed) return;
        detailed = wanted;
        me.updateOptions({ file: wanted ? spread(rows, 1) : overview });
      },
      axes: {
        x: {
          drawGrid: false, axisLabelWidth: 60, pixelsPerLabel: 56,
          ticker: chart.overTime ? Dygraph.dateTicker : fixedTicks(chart.x),
          axisLabelFormatter: function (value, granularity) {
            var ms = Number(value);
            return granularity < Dygraph.Granularity.MINUTELY ? clock(ms, true) : clock(ms, false);
          }
        },
        y: { axisLabelWidth: 52, ticker: fixedTicks(chart.y) }
      }
    });
    graph.chartOfReport = chart;
    if (chart.overTime) graph.flagsOfReport = flags(place);
    graph.updateOptions({});
    live.push(graph);
  }

  function zoomed() {
    var any = live.some(function (graph) { return graph.isZoomed('x'); });
    if (reset) reset.hidden = !any;
  }

  function repaint() {
    live.forEach(function (graph) {
      graph.updateOptions({
        colors: colours(graph.chartOfReport), axisLineColor: ink('--rule'), gridLineColor: ink('--rule')
      });
    });
  }

  data.charts.forEach(draw);
  var overTime = live.filter(function (graph) { return graph.chartOfReport.overTime; });
  if (overTime.length > 1) Dygraph.synchronize(overTime, { selection: true, zoom: true, range: false });
  var hint = document.getElementById('hint');
  if (hint && overTime.length) hint.hidden = false;
  if (reset) {
    reset.addEventListener('click', function () {
      if (overTime.length) overTime[0].resetZoom();
      reset.hidden = true;
    });
  }
  if (window.matchMedia) {
    var dark = window.matchMedia('(prefers-color-scheme: dark)');
    if (dark.addEventListener) dark.addEventListener('change', repaint);
  }
})();
