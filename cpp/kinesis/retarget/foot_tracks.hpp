// The feet of one clip through time: where heels and toes are, when they stand, what holds them.
#pragma once

#include <array>
#include <vector>

#include "kinesis/body/chain_kinematics.hpp"
#include "kinesis/body/feet.hpp"
#include "kinesis/retarget/foot_contact.hpp"

namespace kinesis {

// Heel or toes: what touches the floor, and the point of a body that stays in place meanwhile.
struct FootPart {
  std::vector<SoleSphere> sole;
  int body = 0;
  std::array<double, 3> point{};
};

struct Foot {
  FootPart heel, toes;
  int ankle_target = 0;  // which of the tracked bodies lies at the ankle, which at the toes
  int toes_target = 0;
};

// One part of a foot through a clip.
struct PartTrack {
  const FootPart* spec;
  int link;
  std::vector<int> sole_links;
  std::vector<double> path;    // (frames x 3) of the point held in place
  std::vector<double> height;  // (frames) of the lowest sole sphere
  Flags contact;               // (frames)
  std::vector<double> shift;   // (frames x 2) that holds the point in place
  std::vector<double> clear;   // (frames) height to keep in swing, 0 where the foot stands
  std::vector<double> grip;    // (frames) 0 in swing, 1 in contact but at its ends
  Flags rolls;                 // (frames) when a foot rolls over the tip of its toes
};

class FootTracks {
 public:
  // chain and feet are borrowed; chain must move the feet's bodies.
  FootTracks(const ChainKinematics& chain, const std::vector<Foot>& feet, int frames,
             double frame_rate);

  // Heels at even, toes at odd places, two a foot.
  const std::vector<PartTrack>& parts() const { return parts_; }

  // Takes paths and heights from a motion, (frames x nq).
  void measure(const double* qpos);
  // Finds contacts in what was measured.
  void find_contacts(const ContactSettings& settings);

  // (frames) height at which feet stand, as it drifts along the clip: recorded floors are often not
  // level. It is that of the lower heel's lowest places nearby; heels, because toes that no target
  // bends sink in push-off.
  std::vector<double> floor_height() const;
  // Velocity (2) at which standing feet move on a treadmill; zero elsewhere.
  std::array<double, 2> belt_velocity() const;
  // By how much toes are higher than the heel where both stand, as an angle, rad.
  double toe_lift(int foot) const;
  // See kinesis::root_shift.
  std::vector<double> root_shift(double smoothness) const;

  // Fills shift, clear and grip; contacts in which a point wanders too far are dropped. In swing a
  // foot is to be clearance (m) over the floor, which it reaches and leaves at rise (m/s).
  void hold(double longest_wander, double relaxation, double clearance, double rise);
  // Lets a foot roll over the tip of its toes from a frame on to the end of their contact.
  void roll(int foot, int frame);
  // Begins anew with no lift.
  void lower();
  // Adds to lift what a motion, (frames x nq), lacks of that.
  void raise(const double* qpos);
  // (frames) m, by which a whole foot is to be lifted in swing, 0 where it stands.
  const std::vector<double>& lift(int foot) const { return lift_[foot]; }

  // The lowest sphere of a part at a pose, and its height over z = 0.
  static std::size_t lowest(const ChainPose& pose, const PartTrack& part, double* height);

 private:
  // (frames) factor of the speeds below which feet stand: 1 for walking, more for running.
  std::vector<double> pace() const;

  const ChainKinematics& chain_;
  const int frames_;
  const double frame_rate_;
  std::vector<PartTrack> parts_;
  std::vector<std::vector<double>> lift_;  // of each foot
};

}  // namespace kinesis
