-- Macros that turn the text of a source into typed values; null where the text is not such a value.

-- A whole number below 1e15, also when written 12.0; the first branch is the fast one. No cast may fail: the engine can
-- compute what several of them share before it looks at their conditions.
create or replace macro as_count(value) as case
    when cast(try_cast(value as bigint) as varchar) = value and try_cast(value as bigint) < 1000000000000000
        then try_cast(value as bigint)
    when abs(try_cast(value as decimal(38, 9))) < 1000000000000000
        and try_cast(value as decimal(38, 9)) = try_cast(try_cast(value as decimal(38, 9)) as bigint)
        then try_cast(try_cast(value as decimal(38, 9)) as bigint)
end;

-- An instant of the years 2020 to 2099; there was no priced API before, and no day is kept after.
create or replace macro in_range(instant) as case
    when instant >= timestamptz '2020-01-01 00:00:00+00' and instant < timestamptz '2100-01-01 00:00:00+00'
        then instant
end;

-- A time with its offset from UTC, as RFC 3339 or a database writes it (Z, UTC, +00, +0530, +05:30); one without is none.
create or replace macro as_instant(value) as in_range(case
    when value like '%Z' then try_cast(value as timestamptz)
    when regexp_matches(value, ':[0-9]{2}([.][0-9]+)?(z| ?UTC| ?[+-]([01][0-9]|2[0-3])(:?[0-5][0-9])?)$')
        then try_cast(upper(regexp_replace(value, ' ([+-])', '\1')) as timestamptz)
end);

-- The same of a source whose database keeps UTC: there a time without an offset is one too, or seconds since 1970.
create or replace macro as_utc_instant(value) as coalesce(as_instant(value), in_range(case
    when regexp_full_match(value, '[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?')
        then try_cast(value as timestamp) at time zone 'UTC'
    when regexp_full_match(value, '[0-9]{10}([.][0-9]+)?') then to_timestamp(try_cast(value as double))
end));

-- An id; the texts that a program writes for nothing are none.
create or replace macro as_id(value) as case when value not in ('', 'None', 'null') then value end;

-- A truth value as databases and programs write it; what is none of these is false.
create or replace macro as_true(value) as coalesce(lower(value) in ('true', 't', '1', 'yes'), false);

-- US dollars below 1e15 from their decimal text; never through a float. What is larger is a mistake, and no sum overflows.
create or replace macro as_usd(value) as cast(try_cast(value as decimal(27, 12)) as decimal(38, 12));

-- A quantity below 1e12 with at most three decimals.
create or replace macro as_quantity(value) as case
    when try_cast(value as decimal(15, 3)) = try_cast(value as decimal(38, 9))
        then cast(try_cast(value as decimal(15, 3)) as decimal(18, 3))
end;

-- The JSON pointer of one key.
create or replace macro json_path(key) as '/' || replace(replace(key, '~', '~0'), '/', '~1');

-- A map {"k": "v"}, a list ["k:v"] or an array {k:v} of PostgreSQL as a sorted JSON list of "k:v" texts.
create or replace macro as_tags(value) as case
    when value is null then null
    when json_valid(value) and json_type(value) = 'OBJECT'
        then cast(to_json(list_sort(list_transform(
            json_keys(value),
            lambda key: key || ':' || coalesce(json_extract_string(value, json_path(key)), '')
        ))) as varchar)
    when json_valid(value) and json_type(value) = 'ARRAY'
        then cast(to_json(list_sort(cast(from_json(value, '["VARCHAR"]') as varchar[]))) as varchar)
    when regexp_full_match(value, '[{](("([^"\\]|\\.)*"|[^",{}]+)(,|[}]$))+')
        then cast(to_json(list_sort(list_transform(
            regexp_extract_all(value[2:-2], '"(?:[^"\\]|\\.)*"|[^,]+'),
            lambda tag: case when tag like '"%' then json_extract_string(tag, '$') else trim(tag) end
        ))) as varchar)
end;

-- A list of {hash, tokens} in one spelling; whatever else its elements carry stays out.
create or replace macro as_prefix_hashes(value) as case
    when json_valid(value) and json_type(value) = 'ARRAY'
        then cast(to_json(from_json(value, '[{"hash": "VARCHAR", "tokens": "BIGINT"}]')) as varchar)
end;

-- Like as_count, but what is written and is no count is -1, so that it is found instead of missed.
create or replace macro as_count_or_bad(value) as case when value is not null then coalesce(as_count(value), -1) end;

-- A count was written and it is not one, or it is negative.
create or replace macro bad_count(written, counted) as written is not null and coalesce(counted, -1) < 0;

-- What a sentence cites of a row: enough to know it by, and never a whole prompt.
create or replace macro cited(written) as left(cast(written as varchar), 200);

-- Sentences of `reject_reason`.
create or replace macro no_count(name, written) as name || ' is not a count: ' || cited(written);

create or replace macro no_instant(name, written) as case
    when written is null then name || ' is missing'
    else name || ' is no time with an offset, 2020 to 2099: ' || cited(written)
end;

create or replace macro not_one_of(name, written) as name || ' is unknown: ' || cited(written);

-- A measure that need not be whole, rounded to three decimals.
create or replace macro as_measure(value) as try_cast(value as decimal(18, 3));

-- Calls for pictures, speech or video, by their kind or by their model: they have an output.
create or replace macro makes_media(operation, model) as regexp_matches(
    lower(concat_ws(' ', operation, model)),
    'image_?(generation|edit|variation)|generate_image|text_to_image|images|dall-e|imagen|gpt-image'
    || '|text_to_speech|(^|[ _])speech( |$)|\btts\b|sora|veo-|video_?generation|create_video|generate_video'
);

-- Calls of which something other than text is counted: speech, searches, pages, pictures that are shown.
create or replace macro takes_media(operation, model) as regexp_matches(
    lower(concat_ws(' ', operation, model)), 'image|transcri|whisper|rerank|video|\bocr\b'
);

-- Calls that use something other than text: where they count nothing, what they used is not reported.
create or replace macro is_media(operation) as operation in (
    'image_generation', 'ocr', 'rerank', 'speech', 'transcription', 'video'
);
