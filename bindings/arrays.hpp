// numpy views of engine memory, and checked views of numpy memory.
#pragma once

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include <stdexcept>
#include <string>
#include <vector>

namespace kinesis::bindings {

namespace py = pybind11;

template <typename T>
using Array = py::array_t<T, py::array::c_style>;

// A live, writable view of memory that owner keeps alive.
template <typename T>
py::array view(T* data, std::vector<py::ssize_t> shape, py::handle owner) {
  return py::array(py::dtype::of<T>(), std::move(shape), data, owner);
}

// A numpy array that takes over a vector.
template <typename T>
py::array owned(std::vector<T> values, std::vector<py::ssize_t> shape) {
  auto* kept = new std::vector<T>(std::move(values));
  const py::capsule owner(kept, [](void* p) { delete static_cast<std::vector<T>*>(p); });
  return py::array(py::dtype::of<T>(), std::move(shape), kept->data(), owner);
}

// The data of an array that must have exactly this shape.
template <typename T>
const T* checked(const Array<T>& array, const std::vector<py::ssize_t>& shape, const char* name) {
  const std::vector<py::ssize_t> given(array.shape(), array.shape() + array.ndim());
  if (given != shape) {
    const auto text = [](const std::vector<py::ssize_t>& dims) {
      std::string out = "(";
      for (const auto dim : dims) out += std::to_string(dim) + ", ";
      return out + ")";
    };
    throw std::invalid_argument(std::string(name) + " has shape " + text(given) + ", expected " +
                                text(shape));
  }
  return array.data();
}

}  // namespace kinesis::bindings
