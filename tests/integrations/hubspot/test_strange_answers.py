"""Whatever a server answers, a lead gets a result or the batch gets a provider's error; never a crash."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from integrations.contract import Membership, ProviderError
from integrations.providers.hubspot import PROVIDER
from tests.integrations.hubspot.account import lead, logged
from tests.integrations.hubspot.scripted import Says

NAMES = """
    results errors message category context properties id from to toObjectId objectWriteTraceId email paging next
    recordIdsMissing after status code in name ids validationResults propertyName domain createdate new url list
    lists hasMore offset objectId scopes identityProfile vid policyName fields options type
"""
KEYS = st.sampled_from(NAMES.split())
WORDS = ["0", "1", "a@acme.example", "acme.example", "CONFLICT", "OBJECT_NOT_FOUND", "Existing ID: 7", "[{", "9" * 20]
NUMBERS = st.one_of(st.integers(-3, 10**15), st.floats(allow_nan=False, allow_infinity=False))
LEAVES = st.one_of(st.none(), st.booleans(), NUMBERS, st.text(max_size=8), st.sampled_from(WORDS))
JSON = st.recursive(
    LEAVES,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=5)),
    max_leaves=25,
)
STATUS = st.sampled_from(
    [200, 200, 200, 201, 204, 207, 301, 400, 401, 403, 404, 409, 414, 423, 429, 477, 500, 503, 524]
)
ANSWERS = st.lists(
    st.builds(Says, STATUS, st.one_of(JSON, st.dictionaries(KEYS, JSON, min_size=1, max_size=6))),
    min_size=1,
    max_size=12,
)
FUZZ = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))


def answering(answers):
    left = list(answers)

    def answer(asked):
        return left.pop(0) if len(left) > 1 else left[0]

    return answer


def outcome(call):
    """What a call gave, or the provider's error it raised; anything else is a crash."""
    try:
        return call(), None
    except ProviderError as error:
        return None, error


@FUZZ
@given(answers=ANSWERS)
def test_a_delivery_survives_any_answer(answers, scripted, client_of):
    client = client_of(scripted(answering(answers)))
    leads = [
        lead(
            "a@acme.example",
            domain="acme.example",
            name="Acme",
            memberships=(Membership("1", "list"),),
            engagements=(logged(),),
        ),
        lead("b@acme.example", name="Acme", if_blank={"phone": "7"}, in_doubt=True, engagements=(logged(),)),
        lead(known="5", known_company="6", company={"city": "Oslo"}, memberships=(Membership("2", "marketing_event"),)),
        lead(firstname="C", mobly_id="m-1"),
    ]
    results, error = outcome(lambda: PROVIDER.deliver(client, leads, {}))

    if error is None:
        assert set(results) == {entry.key for entry in leads}
        assert all(result.fault is not None or result.person is not None for result in results.values())
    else:
        assert error.fault.message


@FUZZ
@given(answers=ANSWERS)
def test_the_screens_survive_any_answer(answers, scripted, client_of):
    server = scripted(answering(answers))
    client = client_of(server)
    for call in (
        lambda: PROVIDER.account(client),
        lambda: PROVIDER.check(client, {}, {"contacts": ["email"]}),
        lambda: PROVIDER.describe(client, {}),
        lambda: PROVIDER.campaigns(client, query="a"),
        lambda: PROVIDER.campaign(client, campaign_id="1", kind="list"),
        lambda: PROVIDER.campaign(client, campaign_id="1", kind="marketing_event"),
    ):
        _, error = outcome(call)
        assert error is None or error.fault.message
