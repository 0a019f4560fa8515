"""What a run says to the question of each experiment, in one sentence that is computed. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from runner.claims import DECIDED, Standing
from runner.claims.of_run import Ruled
from runner.judge import WORST_FIRST, Decision, Verdict
from runner.judge.run import Run
from runner.plural import number_of
from runner.report.sanitize import plain
from runner.spec import Experiment
from runner.words.format import bound
from runner.words.verdict import covers, measured, reason, title

BEGINS = {
    Decision.PASS: "Yes",
    Decision.FAIL: "No",
    Decision.INCONCLUSIVE: "Open",
    Decision.INVALID: "No valid figure",
    Decision.SKIP: "Not on this machine",
    Decision.ERROR: "The lab failed",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """`outcome` is a verdict's or a claim's word, – where nothing was judged; `kept` how many of
    how many expectations hold; `short` the sentence for one line, its figure first."""

    experiment: str
    question: str
    outcome: str
    kept: str
    sentence: str
    short: str


def answers(run: Run, claims: Ruled) -> list[Answer]:
    return [answer(run, experiment, claims) for experiment in run.experiments()]


def answer(run: Run, experiment: Experiment, claims: Ruled) -> Answer:
    own = [verdict for verdict in run.verdicts if verdict.experiment == experiment.id]
    question = plain(experiment.title)
    if own:
        worst = min((v.outcome for v in own), key=WORST_FIRST.index)
        kept = sum(v.outcome is Decision.PASS for v in own)
        sentence = plain(_judged(own))
        short = plain(_short(headline(own)))
        return Answer(experiment.id, question, str(worst), f"{kept}/{len(own)}", sentence, short)
    decided = [
        claims[name]
        for name in experiment.claims
        if name in claims and claims[name][1].standing in DECIDED
    ]
    telling = [one for one in decided if one[1].standing is not Standing.RUNS] or decided
    if telling:
        claim, ruling = telling[0]
        sentence = f"{claim.id}, “{claim.says}”: {ruling.because}"
        short = plain(f"{claim.id}: {ruling.because}")
        return Answer(experiment.id, question, str(ruling.standing), "–", plain(sentence), short)
    troubles = run.unjudged(experiment)
    if troubles:
        said = f"{troubles[0].cell.name}: {troubles[0].reason}"
        status = str(troubles[0].status)
        return Answer(experiment.id, question, status, "–", plain(said), plain(said))
    said = f"{number_of(len(run.cells(experiment)), 'cell')} measured; nothing is expected of it."
    return Answer(experiment.id, question, "–", "–", said, said)


def headline(own: Sequence[Verdict]) -> Verdict:
    """What failed; without that the expectation that weighs most, whatever became of it."""
    failed = [verdict for verdict in own if verdict.outcome is Decision.FAIL]
    return max(failed or own, key=lambda verdict: verdict.points)


def _judged(own: Sequence[Verdict]) -> str:
    first = headline(own)
    said = f"{BEGINS[first.outcome]}: {_figure(first)}."
    others = Counter(verdict.outcome for verdict in own if verdict is not first)
    counts = [f"{others[each]} {_became(each, others[each])}" for each in BEGINS if others[each]]
    if not counts:
        return said
    if len(counts) > 1:
        return f"{said} Of the other {sum(others.values())}: {', '.join(counts)}."
    return f"{said} The other {counts[0].removeprefix('1 ')}."


def _became(decision: Decision, count: int) -> str:
    match decision:
        case Decision.PASS:
            return "holds" if count == 1 else "hold"
        case Decision.FAIL:
            return "fails" if count == 1 else "fail"
        case _:
            return f"{'is' if count == 1 else 'are'} {decision}"


def _short(verdict: Verdict) -> str:
    if verdict.deciding is None or verdict.outcome in (Decision.INVALID, Decision.SKIP):
        return f"{title(verdict)}: {reason(verdict)}"
    return f"{measured(verdict)} ({bound(verdict.expectation)}): {title(verdict)}"


def _figure(verdict: Verdict) -> str:
    """With its interval and its bound."""
    cells = f" ({covers(verdict)})" if covers(verdict) else ""
    said = f"{title(verdict)}{cells}"
    if verdict.deciding is None or verdict.outcome in (Decision.INVALID, Decision.SKIP):
        return f"{said}: {reason(verdict)}"
    return f"{said}: {measured(verdict)}, expected {bound(verdict.expectation)}"
