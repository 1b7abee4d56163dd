-- One row per result of an OpenAI costs page: dollars as a JSON number, currency in lower case.
-- `model` is the word that stands where a line item names one (`priority | gpt-5.6-sol, output`); whether it is one, fct_charge says.
with typed as (
    select
        cast(_line as bigint) as source_line,
        _error as read_error,
        object,
        in_range(to_timestamp(cast(as_count(bucket_start) as double))) as charge_start,
        in_range(to_timestamp(cast(as_count(bucket_end) as double))) as charge_end,
        cast(bucket_number as bigint) as bucket_number,
        grouping,
        line_item,
        project_id,
        api_key_id,
        amount_value,
        as_usd(amount_value) as billed_amount,
        upper(amount_currency) as billing_currency,
        as_usd(quantity) as billed_quantity,
        quantity_unit as billed_unit
    from raw
)

select
    source_line,
    charge_start,
    charge_end,
    bucket_number,
    grouping,
    'openai' as provider,
    line_item as description,
    nullif(regexp_extract(line_item, '^([a-z]+ [|] )?([^ ,|]+)( [a-z]+)?, ', 2), '') as model,
    cast(null as varchar) as service_tier,
    cast(null as varchar) as token_type,
    cast(null as varchar) as cost_type,
    cast(null as varchar) as region,
    cast(null as varchar) as context_window,
    project_id,
    api_key_id,
    billed_amount,
    billing_currency,
    billed_quantity,
    billed_unit,
    case
        when read_error is not null then read_error
        when object is distinct from 'organization.costs.result'
            then not_one_of('object', coalesce(object, 'not given'))
        when charge_start is null then 'start_time is missing or no time'
        when charge_end is null or charge_end <= charge_start then 'end_time is missing or not after start_time'
        when billed_amount is null then 'amount.value is not an amount: ' || coalesce(amount_value, 'not given')
        when coalesce(billing_currency, '') = '' then 'amount.currency is missing'
    end as reject_reason
from typed
