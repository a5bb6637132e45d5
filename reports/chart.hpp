// Charts as data and as static SVG. One Chart is drawn twice from the same numbers: by C++ as SVG, for readers without
// JavaScript and for paper, and by the script in reports/web on top of it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "reports/json_writer.hpp"
#include "reports/result.hpp"

namespace matinee::reports {

struct Line {
    std::string label;
    uint32_t colour = 0;                   ///< class c0 to c7 of the style sheet
    std::vector<std::optional<double>> y;  ///< in the chart's unit, one for each of the chart's x
};

struct Axis {
    double low = 0, high = 1;
    std::vector<double> ticks;
    std::vector<std::string> labels;  ///< one for each tick
};

struct Chart {
    std::string id;  ///< of the HTML element
    std::string title;
    std::string unit;       ///< of y
    std::string x_unit;     ///< under the x axis
    std::string summary;    ///< what the chart shows, for screen readers
    std::string note;       ///< small print, may be empty
    bool over_time = true;  ///< x is virtual seconds; else a value
    bool log_x = false;     ///< x are decimal logarithms of what the axis says
    std::vector<double> x;
    std::vector<Line> lines;
    Axis x_axis, y_axis;
};

/// Ticks at multiples of 1, 2 or 5 times a power of ten, `low` to `high` rounded outwards to the nearest ticks.
Axis value_axis(double low, double high, int intervals);
/// Ticks at round clock times within [0, end_s].
Axis time_axis(int64_t start_unix_s, double end_s, int intervals);

/// A marker as charts show it: cut to the run, with its number in the list of events (0: none, as the warm-up).
struct Event {
    Marker marker;
    double from_s = 0, to_s = 0;
    int number = 0;
};
/// By start; markers wholly outside the run are left out.
std::vector<Event> events_of(const Result& result);

/// The figure: caption, legend, drawing.
std::string chart_html(const Chart& chart, const std::vector<Event>& events);
/// The same for the script. `start_unix_s`: of the run, 0 without a date.
void write_chart(JsonWriter& json, const Chart& chart, int64_t start_unix_s);

/// The charts that a result has data for, in reading order.
std::vector<Chart> charts_over_time(const Result& result);
/// Those of the services' series, which have a section of their own.
std::vector<Chart> service_charts(const Result& result);
std::vector<Chart> cdf_charts(const Result& result);

}  // namespace matinee::reports
