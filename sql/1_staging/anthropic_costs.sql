-- One row per result of an Anthropic cost report page: the amount is decimal text in cents.
-- A field says what a line charges; where the page leaves it out, the description does (`Claude Opus 4.6 Usage - Output Tokens`).
with typed as (
    select
        cast(_line as bigint) as source_line,
        _error as read_error,
        bucket_start as start_text,
        as_instant(bucket_start) as charge_start,
        as_instant(bucket_end) as charge_end,
        cast(bucket_number as bigint) as bucket_number,
        grouping,
        description,
        model,
        service_tier,
        token_type,
        cost_type,
        inference_geo,
        context_window,
        workspace_id,
        amount as amount_text,
        nullif(regexp_extract(description, '^(Claude [A-Za-z0-9. ]+) Usage', 1), '') as model_text,
        regexp_extract(description, ' Usage(?: [(]Batch[)])?(?: - (.+))?$', 1) as meter_text,
        try_cast(amount as decimal(27, 10)) as cents,
        upper(currency) as billing_currency
    from raw
),

amounts as (
    select
        *,
        case
            when model_text is not null then case
                when meter_text = 'Input Tokens' then 'uncached_input_tokens'
                when meter_text = 'Input Tokens, Cache Read' then 'cache_read_input_tokens'
                when meter_text in ('Input Tokens, Cache Write', 'Input Tokens, Cache Write (5m)')
                    then 'cache_creation.ephemeral_5m_input_tokens'
                when meter_text = 'Input Tokens, Cache Write (1h)' then 'cache_creation.ephemeral_1h_input_tokens'
                when meter_text = 'Output Tokens' then 'output_tokens'
            end
        end as described_token_type,
        case
            when description = 'Web Search Usage' then 'web_search'
            when description = 'Code Execution Usage' then 'code_execution'
            when model_text is not null then 'tokens'
        end as described_cost_type,
        case when description like '% Usage (Batch) - %' then 'batch' end as described_tier,
        cast(cents * cast(0.01 as decimal(2, 2)) as decimal(38, 12)) as billed_amount
    from typed
)

select
    source_line,
    charge_start,
    charge_end,
    bucket_number,
    grouping,
    'anthropic' as provider,
    description,
    coalesce(model, lower(replace(replace(model_text, ' ', '-'), '.', '-'))) as model,
    coalesce(service_tier, described_tier) as service_tier,
    coalesce(token_type, described_token_type) as token_type,
    coalesce(cost_type, described_cost_type) as cost_type,
    inference_geo as region,
    context_window,
    workspace_id as project_id,
    cast(null as varchar) as api_key_id,
    billed_amount,
    billing_currency,
    cast(null as decimal(38, 12)) as billed_quantity,
    cast(null as varchar) as billed_unit,
    case
        when read_error is not null then read_error
        when charge_start is null then no_instant('starting_at', start_text)
        when charge_end is null or charge_end <= charge_start
            then 'ending_at is missing or not after starting_at'
        when billed_amount is null then 'amount is not an amount: ' || coalesce(amount_text, 'not given')
        when coalesce(billing_currency, '') = '' then 'currency is missing'
    end as reject_reason
from amounts
