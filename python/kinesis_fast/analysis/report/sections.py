"""The page's sections: what tables and sentences say of findings."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kinesis_fast.analysis.emg.cycle_agreement import HumanBaseline
from kinesis_fast.analysis.emg.normal_activity import Normal, time_as_usual
from kinesis_fast.analysis.emg.subject import EmgSubject
from kinesis_fast.analysis.profiles import active, spans
from kinesis_fast.analysis.report import page
from kinesis_fast.analysis.report.condition import condition_section
from kinesis_fast.analysis.report.differences import differences_section
from kinesis_fast.analysis.report.findings import Findings
from kinesis_fast.analysis.report.mechanics import mechanics_section
from kinesis_fast.analysis.report.panels import Panel
from kinesis_fast.analysis.synergies import similarity

GAIT_ROWS = (
    ("stride_time", "stride time, s", 1.0, 2),
    ("stride_length", "stride length, m", 1.0, 2),
    ("speed", "speed, m/s", 1.0, 2),
    ("cadence", "cadence, steps a minute", 1.0, 0),
    ("stance", "stance, % of the cycle", 100.0, 1),
    ("double_support", "double support, % of the cycle", 100.0, 1),
    ("step_width", "step width, m", 1.0, 3),
)


def page_of(
    bodies: Sequence[Findings],
    person: EmgSubject | None,
    humans: HumanBaseline | None,
    normal: Normal,
    groups: dict[str, list[Panel]],
) -> str:
    """Return the page of bodies, and of whom they are compared with."""
    names = [body.name for body in bodies]
    first = bodies[0]
    return page.page(
        f"{first.name}: {first.walk.recording.info.clip}",
        condition_section(bodies),
        differences_section(bodies),
        page.section("Gait", page.table(["", *names], gait_rows(bodies)), page.paragraph(
            "Means over cycles of the right foot, from strike to strike, cycles further than two "
            "standard deviations from the mean length left out. Events: "
            + "; ".join(f"{body.name} by {_events(body)}" for body in bodies) + ".", "note")),
        _emg_section(bodies, person, humans, groups["EMG"]),
        _timing_section(bodies, person, normal),
        mechanics_section(bodies, groups["mechanics"]),
        page.section("Synergies", page.table(["", *names], synergy_rows(bodies)), page.paragraph(
            "Non-negative matrix factorisation of muscles that surface EMG reaches, each scaled to "
            "its most. Least effort alone yields few synergies (De Groote et al. 2014): few are no "
            "proof of modules.", "note"), page.pictures(groups["synergies"])),
        _redundancy_section(first, groups["redundancy"]),
    )  # fmt: skip


def _events(body: Findings) -> str:
    return "ground forces (20 N)" if body.walk.by_force else "kinematics (Zeni et al. 2008)"


def gait_rows(bodies: Sequence[Findings]) -> list[list[str]]:
    """Return measures of gait by body."""
    rows = [["cycles", *(str(body.walk.measures.cycles) for body in bodies)]]
    for name, label, scale, digits in GAIT_ROWS:
        values = (scale * getattr(body.walk.measures, name) for body in bodies)
        rows.append([label, *(f"{value:.{digits}f}" for value in values)])
    return rows


def synergy_rows(bodies: Sequence[Findings]) -> list[list[str]]:
    """Return what synergies account for by body, and how alike they are."""
    most = max(len(body.synergy_count.accounted) for body in bodies)
    rows = [
        [
            f"accounted for by {k + 1}, %",
            *(f"{100 * b.synergy_count.accounted[k]:.1f}" for b in bodies),
        ]
        for k in range(most)
    ]
    rows.append(["number by 90 %", *(str(body.synergy_count.by_rule) for body in bodies)])
    first = bodies[0].synergy.vectors
    alike = (f"{similarity(first, body.synergy.vectors).mean():.2f}" for body in bodies[1:])
    if len(bodies) > 1:
        rows.append([f"vectors, mean cosine with {bodies[0].name}'s", "", *alike])
    if any(body.synergies_like_person is not None for body in bodies):
        like = [body.synergies_like_person for body in bodies]
        shown = ["" if cosine is None else f"{cosine:.2f}" for cosine in like]
        rows.append(["vectors, mean cosine with the person's", *shown])
    rows.append(["number by the elbow", *(str(body.synergy_count.by_elbow) for body in bodies)])
    return rows


def _emg_section(
    bodies: Sequence[Findings],
    person: EmgSubject | None,
    humans: HumanBaseline | None,
    pictures: list[Panel],
) -> str:
    if person is None:
        return page.section(
            "Muscle activity",
            page.paragraph("No EMG was given (--emg, --map): activations alone."),
            page.pictures(pictures),
        )
    compared = [body for body in bodies if body.agreement is not None]
    heads, rows = _emg_table(compared)
    notes = [
        f"Pearson's r of mean profiles over the cycle with {person.name}'s envelopes, right where "
        "the electrodes were. A channel's activity is the mean over its muscles; activity is "
        "compared with the EMG so many ms before it; in the line of means, the best common delay."
    ]
    if humans is not None:
        pairs = "; ".join(
            f"{name}: {np.mean(list(pair.values())):.2f}" for name, pair in humans.pairs.items()
        )
        notes.append(f"People among each other: mean r {humans.mean_r:.2f} ({pairs}).")
    for body in compared:
        if body.kinesis_r:
            mean = np.mean(list(body.kinesis_r.values()))
            notes.append(
                f"By KINESIS's definition (excitation, left leg from its single support on, "
                f"no delay, {len(body.kinesis_r)} muscles) {body.name} has {mean:.2f}."
            )
    return page.section(
        "Muscle activity against EMG",
        page.table(heads, rows),
        *(page.paragraph(note, "note") for note in notes),
        page.pictures(pictures),
    )


def _emg_table(compared: Sequence[Findings]) -> tuple[list[str], list[list[str]]]:
    """Return headings and rows: agreement by channel, its means, and what chance gives."""
    heads = ["channel"]
    for body in compared:
        heads += [f"{body.name}, 0 ms", f"{body.name}, 50 ms", "best r", "at ms"]
    rows = []
    for channel in compared[0].agreement.channels if compared[0].agreement else ():
        row = [channel.replace("_", " ")]
        for body in compared:
            assert body.agreement is not None
            one = body.agreement.channels[channel]
            row += [f"{one.at(0.0):.2f}", f"{one.at(0.05):.2f}", f"{one.best_r:.2f}"]
            row.append(f"{1e3 * one.best_delay:.0f}")
        rows.append(row)
    means: dict[str, list[str]] = {
        "mean": [],
        "null, channels permuted, 95 %": [],
        "null, phases shifted, 95 %": [],
    }
    for body in compared:
        a = body.agreement
        assert a is not None
        common = [f"{a.mean_r(a.common_delay):.2f}", f"{1e3 * a.common_delay:.0f}"]
        means["mean"] += [f"{a.mean_r(0.0):.2f}", f"{a.mean_r(0.05):.2f}", *common]
        means["null, channels permuted, 95 %"] += [f"{a.permuted95:.2f}", "", "", ""]
        means["null, phases shifted, 95 %"] += [f"{a.shifted95:.2f}", "", "", ""]
    rows += [[label, *cells] for label, cells in means.items()]
    return heads, rows


def _timing_section(bodies: Sequence[Findings], person: EmgSubject | None, normal: Normal) -> str:
    names = list(person.profiles) if person is not None else bodies[0].synergy_channels
    names = [name for name in names if name in bodies[0].profiles]
    heads = ["channel", *([person.name] if person is not None else [])]
    heads += [body.name for body in bodies]
    heads += [*(["usual"] if normal else []), *(f"{b.name}, as usual" for b in bodies if normal)]
    rows = []
    for name in names:
        whose = [person.profiles[name]] if person is not None else []
        whose += [body.profiles[name] for body in bodies]
        row = [name.replace("_", " "), *(_said(spans(active(one.mean))) for one in whose)]
        if normal:
            row.append(_said(normal[name]) if name in normal else "")
            shares = (as_usual(body, normal).get(name) for body in bodies)
            row += ["" if share is None else f"{100 * share:.0f} %" for share in shares]
        rows.append(row)
    note = "Percent of the cycle in which activity is above half of its range."
    return page.section(
        "When muscles are active", page.table(heads, rows), page.paragraph(note, "note")
    )


def _said(found: Sequence[tuple[float, float]]) -> str:
    return ", ".join(f"{begin:.0f}-{end % 100 or end:.0f}" for begin, end in found)


def as_usual(body: Findings, normal: Normal) -> dict[str, float]:
    """Return the share of the cycle in which each channel is active as usual."""
    return {
        name: time_as_usual(body.profiles[name].mean, usual)
        for name, usual in normal.items()
        if name in body.profiles
    }


def _redundancy_section(body: Findings, pictures: list[Panel]) -> str:
    found = body.redundant
    if found is None:
        return ""
    width = np.nanmean(found.high - found.low, axis=0)
    order = np.argsort(width)
    rows = [
        [lesion.muscle, f"{100 * lesion.lost:.1f}", f"{lesion.effort:.2f}",
         ", ".join(name for name, _ in lesion.instead[:3])]
        for lesion in found.lesions
    ]  # fmt: skip
    return page.section(
        "Redundancy",
        page.paragraph(
            f"The right leg's {len(found.muscles)} muscles have {found.free_dimensions} dimensions "
            "that change no joint torque. For the torques that there are, a muscle's activation "
            f"may lie anywhere in a range of {np.nanmean(width):.2f} in the mean; the narrowest: "
            + ", ".join(f"{found.muscles[i]} {width[i]:.2f}" for i in order[:5])
            + "."
        ),
        page.table(["without", "torque lost, %", "effort, times", "instead"], rows),
        page.paragraph(
            "The same torques by least squared effort without one muscle. Grey: what is possible.",
            "note",
        ),
        page.paragraph(_components(body), "note") if body.limited else "",
        page.pictures(pictures),
    )


def _components(body: Findings) -> str:
    enough = [one for one in body.limited if one.success >= 1.0]
    least = min((one.components for one in enough), default=None)
    said = (
        f"all trials are followed to their end with {least} principal components and more"
        if least is not None
        else "no number of components that was tried is enough for all trials"
    )
    return f"With excitations limited to their principal components at every step, {said}."
