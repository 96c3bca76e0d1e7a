import { differences } from '../../../scripts/prices/differences';
import { textOf } from '../../../scripts/prices/entries';
import type { Source, SourceModel } from '../../../scripts/prices/source';
import { tableOf } from '../../../scripts/prices/table';
import { checkPrices } from '../../../scripts/doctor/prices';

const model = (
  id: string,
  prices: SourceModel['prices'],
  match: SourceModel['match'] = { equals: id },
): SourceModel => ({
  id,
  match,
  prices,
});
const source = (models: readonly SourceModel[], price: Source['price'] = () => undefined): Source => ({
  version: '1.2.3',
  models: (id) => (id === 'openai' ? models : []),
  price,
});

it.each<[string, SourceModel['prices'], string | undefined]>([
  [
    'tokens',
    { input_mtok: 2, cache_read_mtok: 0.5, output_mtok: 8, web_searches_kcount: 10 },
    'input 2 cached 0.5 output 8',
  ],
  [
    'tiers',
    { input_mtok: { base: 1, tiers: [{ start: 200, price: 2 }] }, output_mtok: 3 },
    'input 1 output 3 above 200 input 2',
  ],
  [
    'dates and hours',
    [
      { prices: { input_mtok: 1 } },
      { constraint: { type: 'start_date', start_date: '2026-08-17' }, prices: { input_mtok: 2 } },
      {
        constraint: { type: 'time_of_date', start_time: '01:00:00Z', end_time: '04:00:00Z' },
        prices: { input_mtok: 4 },
      },
    ],
    'input 1; from 2026-08-17 input 2; from 2026-08-17 hours 01:00-04:00 input 4',
  ],
  ['hours of audio', { audio_hours: 0.36 }, undefined],
  ['images beside text', { input_mtok: 1, output_mtok: 2, output_image_mtok: 30 }, undefined],
  ['nothing', {}, undefined],
])('a model that is priced by %s becomes an entry of the table', (_what, prices, expected) => {
  expect(textOf(model('m', prices))).toBe(expected);
});

it('dated names are left out where the look-up finds them, and stay where their price differs', () => {
  const { providers } = tableOf(
    source([
      model(
        'm',
        { input_mtok: 1 },
        { or: [{ equals: 'm' }, { equals: 'm-2026-01-01' }, { equals: 'M-alias' }] },
      ),
      model('m-2025-01-01', { input_mtok: 2 }),
      model('m-audio-x', { input_mtok: 9 }, { starts_with: 'm-audio-' }),
    ]),
    '2026-11-01',
  );
  expect(providers['openai']).toEqual({ 'm m-alias': 'input 1', 'm-2025-01-01': 'input 2' });
});

it('a table that prices a model otherwise than its source is reported', () => {
  const models = [model('m', { input_mtok: 1 })];
  const table = tableOf(source(models), '2026-11-01');
  expect(
    differences(
      source(models, (_provider, _model, { input_tokens: n = 0 }) => n / 1e6),
      table,
      0,
    ),
  ).toEqual([]);
  expect(
    differences(
      source(models, () => 1),
      table,
      0,
    ),
  ).toEqual(['openai/m']);
});

it('the doctor warns of a table that is older than 60 days', () => {
  const at = (days: number) =>
    checkPrices(Date.parse('2026-01-01T12:00:00Z') + days * 86_400_000, { date: '2026-01-01' });
  expect(at(60)).toEqual({ verdict: 'ok', detail: 'The table of prices is of 2026-01-01' });
  expect(at(61)).toMatchObject({ verdict: 'warn', detail: expect.stringContaining('61 days old') as string });
});
