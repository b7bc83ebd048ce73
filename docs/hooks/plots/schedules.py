"""The plots of docs/how/schedules.md: learning rates, and what they come to."""

from matplotlib.figure import Figure

from mlpcli.config.schema import (
    ConstantSchedule,
    CosineSchedule,
    OneCycleSchedule,
    ScheduleConfig,
    StepSchedule,
)
from mlpcli.nn.schedules import make_schedule

BLUE, ORANGE, GREEN, RED = "#3f7fd0", "#d9822b", "#3a9d5d", "#c0504d"
EPOCHS, STEPS = 6, 100

# `mlp train mnist …` of docs/how/schedules.md at the rate 0.3, mean of seeds 0, 1, 2, 2026-11-28
VALIDATION_LOSS = {
    "constant": (0.1496, 0.1270, 0.1269, 0.1146, 0.1209, 0.1199),
    "step": (0.1496, 0.1270, 0.0898, 0.0866, 0.0848, 0.0843),
    "cosine": (0.1556, 0.1137, 0.0959, 0.0844, 0.0774, 0.0767),
    "one-cycle": (0.1720, 0.1378, 0.1068, 0.0832, 0.0706, 0.0686),
}
COLOURS = {"constant": RED, "step": GREEN, "cosine": ORANGE, "one-cycle": BLUE}
MARKERS = {"constant": "o", "step": "s", "cosine": "^", "one-cycle": "D"}


def rates() -> Figure:
    """Draw the learning rate of each schedule over a run."""
    figure = Figure(figsize=(7, 2.6))
    axes = figure.subplots()
    places: dict[ScheduleConfig, tuple[float, float]] = {
        ConstantSchedule(): (4.3, 0.91),
        StepSchedule(name="step", every=2): (2.08, 0.13),
        CosineSchedule(name="cosine"): (2.08, 0.5),
        OneCycleSchedule(name="one-cycle"): (3.75, 0.56),
    }
    steps = range(EPOCHS * STEPS)
    for config, place in places.items():
        axes.plot([step / STEPS for step in steps], _rates(config), color=COLOURS[config.name])
        axes.text(*place, config.name, color=COLOURS[config.name])
    axes.set(xlabel="epoch", ylabel="share of the peak")
    axes.set_ylim(0, 1.04)
    return figure


def _rates(config: ScheduleConfig) -> list[float]:
    """Return the learning rate of each step, with a peak of 1."""
    schedule = make_schedule(config, 1.0, epochs=EPOCHS, steps_per_epoch=STEPS)
    return [schedule(step) for step in range(EPOCHS * STEPS)]


def measured() -> Figure:
    """Draw the measured validation loss after each epoch."""
    figure = Figure(figsize=(7, 2.6))
    axes = figure.subplots()
    for name, losses in VALIDATION_LOSS.items():
        epochs = range(1, len(losses) + 1)
        axes.plot(epochs, losses, color=COLOURS[name], marker=MARKERS[name], markersize=4)
        axes.text(len(losses) + 0.1, losses[-1], name, color=COLOURS[name], va="center")
    axes.set(xlabel="epoch", ylabel="validation loss")
    axes.set_xlim(right=EPOCHS + 0.9)
    return figure
