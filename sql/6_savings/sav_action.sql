-- One row per month, scenario, team, feature, provider and model: what it saves of what all levers save together,
-- and the line of configuration or code that it takes. A month has the days that were logged, no more.
with saved as (
    select
        substring(cast(day as varchar), 1, 7) as month,
        scenario,
        kind,
        team,
        feature,
        provider,
        model,
        cast(sum(attempts) as bigint) as attempts,
        cast(sum(unpriced_attempts) as bigint) as unpriced_attempts,
        sum(share_usd) as month_share_usd
    from sav_portfolio
    group by substring(cast(day as varchar), 1, 7), scenario, kind, team, feature, provider, model
),

logged as (
    select
        substring(cast(day as varchar), 1, 7) as month,
        count(distinct day) as days
    from mart_cost_daily
    group by substring(cast(day as varchar), 1, 7)
),

prefix as (
    select
        substring(cast(day as varchar), 1, 7) as month,
        team,
        feature,
        provider,
        model,
        prefix_hash,
        cache_policy,
        sum(saving_usd) as saving_usd
    from sav_prompt_cache_prefix
    where
        is_best_policy
        and evidence = 'prefix_hashes'
    group by substring(cast(day as varchar), 1, 7), team, feature, provider, model, prefix_hash, cache_policy
),

-- Of several prefixes the one that saves most is named; sav_prompt_cache_prefix has the others.
ranked as (
    select
        prefix.*,
        row_number() over (
            partition by month, team, feature, provider, model
            order by saving_usd desc, prefix_hash, cache_policy
        ) as place
    from prefix
),

told as (
    select
        saved.*,
        logged.days,
        case scenario.lever
            when 'retries' then 'make the first attempt succeed: fct_attempt_cost.status says why it did not'
            when 'answer_cache'
                then 'keep answers by request_hash for ' || cast(scenario.ttl_seconds as varchar) || ' seconds'
            when 'routing' then 'model: "' || scenario.to_model || '" instead of "' || saved.model || '"'
            when 'output_length'
                then
                    case
                        when scenario.cap_tokens is not null then 'max_tokens: ' || cast(scenario.cap_tokens as varchar)
                        when scenario.cap_percentile is not null
                            then
                                'max_tokens: the p' || cast(scenario.cap_percentile as varchar)
                                || ' of output_tokens of the feature'
                        else
                            'a sentence in the prompt that asks for answers shorter by '
                            || cast(scenario.less_permille as varchar) || ' permille'
                    end
            when 'batch'
                then
                    case saved.provider
                        when 'anthropic' then 'POST /v1/messages/batches instead of /v1/messages'
                        when 'openai' then 'POST /v1/batches with completion_window: "24h"'
                        else 'the batch endpoint of ' || saved.provider
                    end
            when 'prompt_cache'
                then
                    case
                        when ranked.cache_policy = 'off' then 'no cache'
                        when saved.provider = 'anthropic' and ranked.cache_policy = 'short'
                            then 'cache_control: {"type": "ephemeral"}'
                        when saved.provider = 'anthropic'
                            then 'cache_control: {"type": "ephemeral", "ttl": "1h"}'
                        when saved.provider = 'openai' and ranked.cache_policy = 'short'
                            then 'prompt_cache_key: "' || saved.feature || '"'
                        when saved.provider = 'openai' then 'prompt_cache_retention: "24h"'
                        else 'the ' || ranked.cache_policy || ' cache of ' || saved.provider
                    end || ' on the prefix ' || ranked.prefix_hash
        end as action
    from saved
    left join logged
        on saved.month = logged.month
    left join scenario
        on saved.scenario = scenario.scenario || case when scenario.lever = 'prompt_cache' then '_best' else '' end
    left join ranked
        on
            scenario.lever = 'prompt_cache'
            and saved.month = ranked.month
            and saved.team = ranked.team
            and saved.feature = ranked.feature
            and saved.provider = ranked.provider
            and saved.model = ranked.model
            and ranked.place = 1
)

select
    month,
    row_number() over (
        partition by month
        order by month_share_usd desc, scenario, team, feature, provider, model
    ) as action_rank,
    scenario,
    kind,
    team,
    feature,
    provider,
    model,
    action,
    month_share_usd,
    days,
    attempts,
    unpriced_attempts
from told
order by month, action_rank
