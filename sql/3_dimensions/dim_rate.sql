-- One row per rate card row and meter: the published rate behind a `rate_id`, and where it comes from.
select
    rate_id,
    provider,
    sku,
    service_tier,
    region,
    context_min_tokens,
    context_max_tokens,
    valid_from,
    valid_to,
    meter,
    rate,
    per,
    currency,
    basis,
    source as rate_source,
    source_ref,
    note
from rate
order by provider, sku, service_tier, region, valid_from, context_min_tokens, meter
