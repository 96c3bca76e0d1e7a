import { ANTHROPIC_LIST, OPENAI_LIST } from '../../../src/proxy/models/list-form';
import type { MergedModel } from '../../../src/proxy/models/merge-models';
import { groq } from '../../helpers/providers';

const models: MergedModel[] = Array.from({ length: 45 }, (_, at) => ({
  id: `m${at}`,
  title: at === 0 ? 'The first' : undefined,
  createdAt: at === 0 ? 1_739_923_200 : 0,
  provider: groq,
}));

interface AnthropicPage {
  readonly data: readonly { readonly id: string }[];
  readonly has_more: boolean;
  readonly first_id: string | null;
  readonly last_id: string | null;
}

function pageOf(query: string, all = models): [string | null, string | null, number, boolean] {
  const page = ANTHROPIC_LIST.list(all, new URLSearchParams(query)) as AnthropicPage;
  return [page.first_id, page.last_id, page.data.length, page.has_more];
}

describe('A list in OpenAI’s form', () => {
  it('is whole, whatever the query', () => {
    const list = OPENAI_LIST.list(models, new URLSearchParams('limit=1&after_id=m3'));
    expect(list).toMatchObject({ object: 'list', data: { length: 45 } });
    expect((list as { data: unknown[] }).data[0]).toEqual({
      id: 'm0',
      object: 'model',
      created: 1_739_923_200,
      owned_by: 'groq',
    });
  });
});

describe('A list in Anthropic’s form', () => {
  it('has models with a title and a date', () => {
    expect(models.slice(0, 2).map((model) => ANTHROPIC_LIST.one(model))).toEqual([
      { type: 'model', id: 'm0', display_name: 'The first', created_at: '2025-02-19T00:00:00Z' },
      { type: 'model', id: 'm1', display_name: 'm1', created_at: '1970-01-01T00:00:00Z' },
    ]);
  });

  it.each([
    ['', ['m0', 'm19', 20, true]],
    ['limit=1000', ['m0', 'm44', 45, false]],
    ['limit=1', ['m0', 'm0', 1, true]],
    ['after_id=m19', ['m20', 'm39', 20, true]],
    ['after_id=m39&limit=5', ['m40', 'm44', 5, false]],
    ['after_id=m44', [null, null, 0, false]],
    ['after_id=nobody', [null, null, 0, false]],
    ['before_id=m20', ['m0', 'm19', 20, false]],
    ['before_id=m40&limit=5', ['m35', 'm39', 5, true]],
    ['before_id=m0', [null, null, 0, false]],
    ['before_id=nobody', [null, null, 0, false]],
    ['after_id=m1&before_id=m9&limit=2', ['m2', 'm3', 2, true]],
  ])('has the page that ?%s asks for', (query, page) => {
    expect(pageOf(query)).toEqual(page);
  });

  it('is an empty page if there is no model', () => {
    expect(pageOf('', [])).toEqual([null, null, 0, false]);
  });

  it.each(['0', '1001', '-1', '1.5', 'x', '', '1e2', '00001'])('with limit=%s is refused', (limit) => {
    expect(() => pageOf(`limit=${limit}`)).toThrow(/whole number from 1 to 1000/);
  });
});
