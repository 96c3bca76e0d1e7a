import { ProxyError } from '../../errors/proxy-error';
import type { MergedModel } from './merge-models';

/** How one API writes its models. */
export interface ListForm {
  one(model: MergedModel): unknown;
  /** @throws ProxyError `bad-page` */
  list(models: readonly MergedModel[], query: URLSearchParams): unknown;
}

/** https://platform.openai.com/docs/api-reference/models: without pages. */
export const OPENAI_LIST: ListForm = {
  one: ({ id, createdAt, provider }) => ({
    id,
    object: 'model',
    created: createdAt,
    owned_by: provider.name,
  }),
  list: (models) => ({ object: 'list', data: models.map((model) => OPENAI_LIST.one(model)) }),
};

const DEFAULT_PAGE = 20;
const MAX_PAGE = 1_000;

/** https://docs.anthropic.com/en/api/models-list: in pages, which begin behind or end before a model. */
export const ANTHROPIC_LIST: ListForm = {
  one: ({ id, title, createdAt }) => ({
    type: 'model',
    id,
    display_name: title ?? id,
    created_at: new Date(createdAt * 1_000).toISOString().replace('.000Z', 'Z'),
  }),
  list(models, query) {
    const { page, hasMore } = pageOf(models, query);
    return {
      data: page.map((model) => ANTHROPIC_LIST.one(model)),
      has_more: hasMore,
      first_id: page[0]?.id ?? null,
      last_id: page.at(-1)?.id ?? null,
    };
  },
};

interface Page {
  readonly page: readonly MergedModel[];
  /** Whether there are more in the direction that is read in. */
  readonly hasMore: boolean;
}

/** A model that is no longer in the list has nothing behind or before it, so that no client reads for ever. */
function pageOf(models: readonly MergedModel[], query: URLSearchParams): Page {
  const size = sizeOf(query.get('limit'));
  const [after, before] = [query.get('after_id'), query.get('before_id')];
  const indexOf = (id: string) => models.findIndex((model) => model.id === id);
  if (before !== null && after === null) {
    const end = Math.max(0, indexOf(before));
    const start = Math.max(0, end - size);
    return { page: models.slice(start, end), hasMore: start > 0 };
  }
  const at = after === null ? -1 : indexOf(after);
  const start = after !== null && at === -1 ? models.length : at + 1;
  return { page: models.slice(start, start + size), hasMore: start + size < models.length };
}

function sizeOf(limit: string | null): number {
  if (limit === null) return DEFAULT_PAGE;
  const size = /^\d{1,4}$/.test(limit) ? Number(limit) : 0;
  if (size < 1 || size > MAX_PAGE) throw new ProxyError('bad-page');
  return size;
}
