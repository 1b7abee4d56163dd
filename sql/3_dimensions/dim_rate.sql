-- One row per rate card row and meter: the published rate behind a `rate_id`, and where it comes from.
select
    rate_id,
    provider,
    sku,
    service_tier,
    region,
    time_band,
    attribute,
    context_min_tokens,
    context_max_tokens,
    minimum_quantity,
    valid_from,
    valid_to,
    known_from,
    known_to,
    meter,
    rate,
    per,
    currency,
    adjustments,
    basis,
    confidence,
    review_after,
    source as rate_source,
    source_ref,
    note
from rate
order by provider, sku, service_tier, region, valid_from, known_from, context_min_tokens, meter, attribute, time_band, rate_id
