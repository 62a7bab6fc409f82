// Compiles the models that the tests write in MJCF.
#pragma once

#include <doctest/doctest.h>
#include <mujoco/mujoco.h>

#include <memory>
#include <string>

using Model = std::unique_ptr<mjModel, decltype(&mj_deleteModel)>;

inline Model load_model(const std::string& text) {
  char error[500] = "";
  mjVFS vfs;
  mj_defaultVFS(&vfs);
  mj_addBufferVFS(&vfs, "model.xml", text.data(), static_cast<int>(text.size()));
  Model model(mj_loadXML("model.xml", &vfs, error, sizeof(error)), mj_deleteModel);
  mj_deleteVFS(&vfs);
  INFO(error);
  REQUIRE(model != nullptr);
  return model;
}
