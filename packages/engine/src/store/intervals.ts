/**
 * The migration of trials whose estimated costs have a standard deviation, 0 where nothing was known, to the ends of 95 %
 * intervals, null where nothing is known.
 *
 * - A prediction's `sd` was that of a log-normal distribution: with x = exp(s²), sd² = value² · x · (x − 1).
 * - What exceeded a budget was recorded by the low end of the prediction; the prediction itself takes its place.
 * - Costs of `local` get the name of the profile that they were computed from.
 * - An energy of 0 is dropped: it came from a profile that does not state energies.
 *
 * Numbers that stay are copied as text, since SQLite writes 15 digits only.
 */
export const intervalsInsteadOfDeviations = `
  UPDATE trials SET rest = json_set(rest, '$.devices', (
    SELECT json_group_object(device, json_set(costs, '$.estimates', (
      SELECT json_group_object(cost, json(CASE WHEN device = 'local' THEN json_set(changed, '$.profile', 'laptop-cpu') ELSE changed END))
      FROM (
        SELECT cost, json_object(
          'value', json(estimate -> '$.value'), 'low95', median / exp(1.99 * s), 'high95', median * exp(1.99 * s), 'source', source
        ) AS changed
        FROM (
          SELECT key AS cost, value AS estimate, value ->> '$.value' AS median, value ->> '$.source' AS source,
            CASE WHEN value ->> '$.source' = 'predicted'
              THEN sqrt(ln((1 + sqrt(1 + 4 * (value ->> '$.sd') * (value ->> '$.sd') / (value ->> '$.value') / (value ->> '$.value'))) / 2)) END AS s
          FROM json_each(costs, '$.estimates')
          WHERE NOT (key = 'energyMj' AND value ->> '$.value' = 0)
        )
      )
    )))
    FROM (SELECT key AS device, value AS costs FROM json_each(rest, '$.devices'))
  ))
  WHERE json_type(rest, '$.devices') = 'object';

  UPDATE trials SET rest = json_set(rest, '$.excesses', (
    SELECT json_group_array(json(CASE WHEN estimate ->> '$.source' = 'predicted'
      THEN json_set(excess, '$.value', json(estimate -> '$.value'), '$.low95', json(excess -> '$.value'))
      ELSE excess END))
    FROM (
      SELECT value AS excess, json_extract(rest, '$.devices."' || (value ->> '$.device') || '".estimates.' || (value ->> '$.cost')) AS estimate
      FROM json_each(rest, '$.excesses')
    )
  ))
  WHERE gate = 'predicted' AND json_array_length(rest, '$.excesses') > 0;
`;
