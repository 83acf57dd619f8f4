"""The stages beside a visit's: of one's own registration, of waiting, of handing a form over."""

from core.conversation.handover.showing import answer_shown, leave_code
from core.conversation.handover.taking import answer_typed, answer_whether
from core.conversation.own.correct import (
    change_before,
    choose_change,
    confirm_change,
    confirm_own_nik,
    give_change,
    which_change,
)
from core.conversation.own.ending import choose_end, confirm_end, which_end
from core.conversation.own.roads import choose_road
from core.conversation.session import Stage
from core.conversation.visit.stages import STAGES as VISIT_STAGES
from core.conversation.visit.stages import VisitStage, leave, repeat
from core.conversation.visit.standby import choose_standby

# fmt: off
STAGES: dict[Stage, VisitStage] = {
    **VISIT_STAGES,
    # stage                          answer             back               refresh
    "choosing_change":    VisitStage(choose_change,     leave,             repeat),
    "giving_change":      VisitStage(give_change,       which_change,      which_change),
    "confirming_change":  VisitStage(confirm_change,    change_before,     which_change),
    "confirming_nik":     VisitStage(confirm_own_nik,   leave,             repeat),
    "choosing_end":       VisitStage(choose_end,        leave,             repeat),
    "confirming_end":     VisitStage(confirm_end,       which_end,         which_end),
    "choosing_road":      VisitStage(choose_road,       leave,             repeat),
    "choosing_standby":   VisitStage(choose_standby,    leave,             repeat),
    "showing_code":       VisitStage(answer_shown,      leave_code,        repeat),
    "typing_code":        VisitStage(answer_typed,      leave,             repeat),
    "confirming_handover": VisitStage(answer_whether,   leave,             repeat),
}
# fmt: on
