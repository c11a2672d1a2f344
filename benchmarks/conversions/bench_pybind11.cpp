// Ten conversions, by pybind11.
#include <cstdint>
#include <numeric>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

namespace py = pybind11;

struct Point {
    int64_t x;
    explicit Point(int64_t x) : x(x) {}
    int64_t get() const { return x; }
};

PYBIND11_MODULE(bench_pybind11, m) {
    m.def("empty", [] {});
    m.def("integer", [](int64_t x) { return int64_t(uint64_t(x) + 1); });
    m.def("float", [](double x) { return x + 1.0; });
    m.def("boolean", [](bool x) { return !x; });
    m.def("text_in", [](std::string_view x) { return x.size(); });
    m.def("text_out", [](size_t length) { return std::string(length, 'x'); });
    m.def("bytes_in", [](const py::bytes &x) -> uint32_t {
        std::string_view view = x;
        return view.size() < 2 ? 0 : uint8_t(view.front()) + uint8_t(view.back());
    });
    m.def("list_in", [](const std::vector<int64_t> &x) { return std::accumulate(x.begin(), x.end(), int64_t(0)); });
    m.def("list_out", [](uint32_t length) {
        std::vector<double> made(length);
        std::iota(made.begin(), made.end(), 0.0);
        return made;
    });
    m.def("dict_in", [](const std::unordered_map<std::string, int64_t> &x) {
        int64_t total = 0;
        for (const auto &item : x) total += item.second;
        return total;
    });
    py::class_<Point>(m, "Point").def(py::init<int64_t>()).def("get", &Point::get);
}
