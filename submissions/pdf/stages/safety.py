from submissions.pdf.stages import Outcome
def look(data, limits, emit):
    return Outcome.GO_ON
