"""Before any time counts: do all compute the same?"""

N_TEXTS = 6
# Of log-probabilities, against the first contender in f32. 8 bits are shown and not judged: how far they may be off is
# for tests of quality to say.
LIMIT_F32 = 1e-3


def check(processes):
    """{contender: largest difference}. Ends the run where two in f32 disagree."""
    scores = {}
    for process in processes:
        process.wake()
        found = process.ask(cmd="scores", input="sent", first=N_TEXTS)["log_probs"]
        process.sleep()
        # Another network has nothing to compare.
        if found is not None:
            scores[process.name] = [score for of_text in found for of_word in of_text for score in of_word]
    exact = [name for name in scores if "f32" in name]
    if not exact:
        return {}
    reference = next((name for name in exact if name.startswith("torch")), exact[0])
    expected = scores[reference]
    wrong = [name for name in scores if len(scores[name]) != len(expected)]
    assert not wrong, f"{wrong} read the texts otherwise than {reference}"
    largest = {name: max(abs(a - b) for a, b in zip(found, expected)) for name, found in scores.items()}
    # Not `>`: what is no number is no agreement.
    near = {name: all(abs(a - b) <= LIMIT_F32 for a, b in zip(scores[name], expected)) for name in exact}
    apart = {name: largest[name] for name in exact if not near[name]}
    assert not apart, f"not the same network as {reference}: {apart}"
    return largest
