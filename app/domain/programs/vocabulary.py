"""Tier programs: the closed vocabularies."""

from enum import StrEnum


class VersionState(StrEnum):
    """DRAFT, then PUBLISHED (immutable from then on), then SUPERSEDED."""

    DRAFT = "DRAFT"
    PUBLISHED = "PUBLISHED"
    SUPERSEDED = "SUPERSEDED"


class BenefitKind(StrEnum):
    """The kind of a benefit, which determines the shape of its value."""

    PERCENT_SHARE = "PERCENT_SHARE"
    ENTITLEMENT = "ENTITLEMENT"
    CONTACT = "CONTACT"
    SERVICE_LEVEL = "SERVICE_LEVEL"
    CADENCE = "CADENCE"
    LISTING = "LISTING"
    BADGE = "BADGE"
    LEAD_PRIORITY = "LEAD_PRIORITY"
    BUDGET = "BUDGET"
    REBATE = "REBATE"
    CONTENT_ACCESS = "CONTENT_ACCESS"
    TRAINING_ACCESS = "TRAINING_ACCESS"
    AWARD = "AWARD"


class TierDirection(StrEnum):
    """The direction in which a decision moves a partner."""

    PLACED = "PLACED"
    PROMOTION = "PROMOTION"
    DEMOTION = "DEMOTION"
    REMOVED = "REMOVED"
    # The same tier under a newer version of the program.
    RENEWED = "RENEWED"


class DecisionOrigin(StrEnum):
    """How a decision came about."""

    MANUAL = "MANUAL"
    EVALUATION = "EVALUATION"
    APPROVAL = "APPROVAL"
    PIN = "PIN"


class BenefitChangeKind(StrEnum):
    """What a decision did to a benefit."""

    GAINED = "GAINED"
    LOST = "LOST"


class RequirementKind(StrEnum):
    """How a node of a requirement tree combines the nodes below it; CONDITION has none below."""

    ALL = "ALL"
    ANY = "ANY"
    AT_LEAST = "AT_LEAST"
    NOT = "NOT"
    CONDITION = "CONDITION"


class Metric(StrEnum):
    """What a condition measures of a partner. `metrics.py` defines what goes with each."""

    MONEY_SUM = "MONEY_SUM"
    # With the window EACH_BUCKET it is a count for each period, such as one deal every month.
    EVENT_COUNT = "EVENT_COUNT"
    CERTIFIED_PEOPLE = "CERTIFIED_PEOPLE"
    ORGANISATION_CERTIFICATION = "ORGANISATION_CERTIFICATION"
    ATTESTATION = "ATTESTATION"
    ATTRIBUTE = "ATTRIBUTE"
    CAPABILITIES = "CAPABILITIES"
    POINTS = "POINTS"
    RATIO = "RATIO"
    GROWTH = "GROWTH"
    TENURE = "TENURE"
    MANUAL = "MANUAL"


class Operator(StrEnum):
    """How a value is compared with the threshold. BETWEEN includes both ends."""

    GTE = "GTE"
    GT = "GT"
    LTE = "LTE"
    LT = "LT"
    EQ = "EQ"
    BETWEEN = "BETWEEN"
    IN = "IN"
    CONTAINS_ALL = "CONTAINS_ALL"
    IS_TRUE = "IS_TRUE"


class WindowKind(StrEnum):
    """Which period counts, as of the time of evaluation."""

    NOW = "NOW"
    LIFETIME = "LIFETIME"
    # The last `count` units up to that time.
    ROLLING = "ROLLING"
    # The calendar period that contains that time.
    CALENDAR = "CALENDAR"
    PROGRAM_YEAR = "PROGRAM_YEAR"
    # Each of the last `count` complete periods on its own.
    EACH_BUCKET = "EACH_BUCKET"


class PeriodUnit(StrEnum):
    """Units of windows, holds and schedules, in the vendor's time zone."""

    DAY = "DAY"
    MONTH = "MONTH"
    QUARTER = "QUARTER"
    HALF_YEAR = "HALF_YEAR"
    YEAR = "YEAR"


class Revenue(StrEnum):
    """Which money is summed: sold by the partner or under its management, by year, month, deal."""

    SOLD_ARR = "SOLD_ARR"
    SOLD_MRR = "SOLD_MRR"
    MANAGED_ARR = "MANAGED_ARR"
    MANAGED_MRR = "MANAGED_MRR"
    CONTRACT_VALUE = "CONTRACT_VALUE"


class SaleMotion(StrEnum):
    """How the partner took part in a sale (S0)."""

    REFERRAL = "REFERRAL"
    RESALE = "RESALE"


class PriceBasis(StrEnum):
    """The price at which a sale counts (S0)."""

    LIST_PRICE = "LIST_PRICE"
    APPROVED_QUOTE = "APPROVED_QUOTE"


class ActivityKind(StrEnum):
    """Kinds of facts about a partner: what happened, and what holds from a time on."""

    SALE = "SALE"
    DEAL_REGISTRATION = "DEAL_REGISTRATION"
    LEAD_ACCEPTED = "LEAD_ACCEPTED"
    REFERRAL = "REFERRAL"
    IMPLEMENTATION = "IMPLEMENTATION"
    CERTIFICATION = "CERTIFICATION"
    TRAINING_COMPLETED = "TRAINING_COMPLETED"
    ATTESTATION = "ATTESTATION"
    CAPABILITY = "CAPABILITY"
    # Set by the vendor with a reason: a number, or a property such as the region.
    MANUAL = "MANUAL"
    ATTRIBUTE = "ATTRIBUTE"


# Facts that hold for a time, rather than add up; the newest of the last two counts.
STATES = frozenset(
    {
        ActivityKind.CERTIFICATION,
        ActivityKind.ATTESTATION,
        ActivityKind.CAPABILITY,
        ActivityKind.MANUAL,
        ActivityKind.ATTRIBUTE,
    }
)


class ApprovalStatus(StrEnum):
    """PENDING until the vendor decides, or until the partner no longer qualifies (WITHDRAWN)."""

    PENDING = "PENDING"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    WITHDRAWN = "WITHDRAWN"


class RunStatus(StrEnum):
    """The state of an evaluation run over a program."""

    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"


class Effect(StrEnum):
    """What an evaluation changed."""

    MOVED = "MOVED"
    AT_RISK = "AT_RISK"
    RISK_ENDED = "RISK_ENDED"
    GRACE_STARTED = "GRACE_STARTED"
    GRACE_NOTICE = "GRACE_NOTICE"
    GRACE_ENDED = "GRACE_ENDED"
    HELD = "HELD"
    HOLD_ENDED = "HOLD_ENDED"
    PIN_ENDED = "PIN_ENDED"
    APPROVAL_REQUESTED = "APPROVAL_REQUESTED"
    APPROVAL_WITHDRAWN = "APPROVAL_WITHDRAWN"
    DEADLINE_PASSED = "DEADLINE_PASSED"


class PartnerAttribute(StrEnum):
    """A property of the partner itself that a condition may use."""

    PARTNER_TYPE = "PARTNER_TYPE"
    REGION = "REGION"


class Capability(StrEnum):
    """What a partner does for its clients (S2)."""

    LEADS = "LEADS"
    MANAGES_DEALS = "MANAGES_DEALS"
    CLOSES_DEALS = "CLOSES_DEALS"
    AFTER_SALES = "AFTER_SALES"
    IMPLEMENTS = "IMPLEMENTS"


class ShareTerm(StrEnum):
    """How long a share of a client's charges is paid."""

    CONTRACT_LIFETIME = "CONTRACT_LIFETIME"
    FIRST_YEAR = "FIRST_YEAR"
    ONCE = "ONCE"


class ShareBasis(StrEnum):
    """What a share or rebate is based on."""

    CLIENT_CHARGES = "CLIENT_CHARGES"
    LIST_PRICE = "LIST_PRICE"


class RateLock(StrEnum):
    """Whether a running contract keeps its rate when the tier changes."""

    AT_CONTRACT_START = "AT_CONTRACT_START"
    FLOATING = "FLOATING"


class Fund(StrEnum):
    """Marketing (MDF) or business (BDF) development funds."""

    MDF = "MDF"
    BDF = "BDF"


class Promotion(StrEnum):
    """When a partner that qualifies for a higher tier moves up."""

    IMMEDIATE = "IMMEDIATE"
    AT_EVALUATION = "AT_EVALUATION"
    APPROVAL = "APPROVAL"


class RetentionKind(StrEnum):
    """How long a tier is retained once its requirements no longer hold."""

    LIVE = "LIVE"
    PERIOD_HOLD = "PERIOD_HOLD"
    GRACE = "GRACE"


class Demotion(StrEnum):
    """How far a partner is demoted."""

    ONE_STEP = "ONE_STEP"
    TO_QUALIFIED = "TO_QUALIFIED"
    NONE = "NONE"


class DeadlineAction(StrEnum):
    """What happens to a partner that is in no tier when the entry deadline passes."""

    NOTIFY = "NOTIFY"
    SUSPEND = "SUSPEND"
