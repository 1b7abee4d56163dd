-- One row per answer whose model had a newer or smaller equivalent when it ended: the same call at that one.
-- The whole traffic of a model moves, so its cache is as warm there: every meter stays, in the tokens of the new
-- model, each rounded up. `equivalent` has one row for a model, relation and instant.
with moved as (
    select
        fct_attempt_cost.*,
        scenario.scenario,
        scenario.kind,
        scenario.assumptions_id,
        equivalent.to_model,
        (fct_attempt_cost.uncached_input_tokens * equivalent.tokens_permille + 999) // 1000 as to_uncached_input_tokens,
        (fct_attempt_cost.cache_read_tokens * equivalent.tokens_permille + 999) // 1000 as to_cache_read_tokens,
        (fct_attempt_cost.cache_write_5m_tokens * equivalent.tokens_permille + 999) // 1000 as to_cache_write_5m_tokens,
        (fct_attempt_cost.cache_write_1h_tokens * equivalent.tokens_permille + 999) // 1000 as to_cache_write_1h_tokens,
        (fct_attempt_cost.cache_write_tokens * equivalent.tokens_permille + 999) // 1000 as to_cache_write_tokens,
        (fct_attempt_cost.output_tokens * equivalent.tokens_permille + 999) // 1000 as to_output_tokens
    from fct_attempt_cost
    left join scenario
        on scenario.lever = 'equivalent'
    left join equivalent
        on
            scenario.relation = equivalent.relation
            and fct_attempt_cost.provider = equivalent.provider
            and fct_attempt_cost.model = equivalent.model
            and fct_attempt_cost.ended_at >= equivalent.valid_from
            and fct_attempt_cost.ended_at < equivalent.valid_to
    where
        equivalent.to_model is not null
        and fct_attempt_cost.status = 'success'
)

select
    moved.scenario,
    moved.kind,
    moved.assumptions_id,
    moved.source,
    moved.request_id,
    moved.attempt,
    moved.team,
    moved.feature,
    moved.provider as baseline_provider,
    moved.model as baseline_model,
    moved.cost_usd as baseline_usd,
    1 as parts,
    moved.provider,
    moved.to_model as model,
    moved.service_tier,
    moved.region,
    moved.to_uncached_input_tokens as uncached_input_tokens,
    moved.to_cache_read_tokens as cache_read_tokens,
    moved.to_cache_write_5m_tokens as cache_write_5m_tokens,
    moved.to_cache_write_1h_tokens as cache_write_1h_tokens,
    moved.to_cache_write_tokens as cache_write_tokens,
    moved.to_output_tokens as output_tokens,
    moved.audio_input_tokens,
    moved.audio_output_tokens,
    moved.image_input_tokens,
    moved.web_search_requests,
    moved.other_meter,
    moved.other_quantity,
    moved.other_attribute,
    moved.ended_at as priced_at,
    moved.ended_at as priced_until,
    moved.context_tokens
    + coalesce(moved.to_uncached_input_tokens - moved.uncached_input_tokens, 0)
    + coalesce(moved.to_cache_read_tokens - moved.cache_read_tokens, 0)
    + coalesce(moved.to_cache_write_5m_tokens - moved.cache_write_5m_tokens, 0)
    + coalesce(moved.to_cache_write_1h_tokens - moved.cache_write_1h_tokens, 0)
    + coalesce(moved.to_cache_write_tokens - moved.cache_write_tokens, 0) as context_tokens,
    cast(0 as bigint) as largest_context_tokens
from moved
