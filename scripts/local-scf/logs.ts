import { randomUUID } from 'node:crypto';
import type { LogInfo, SearchLogRequest, SearchLogResponse } from '../shared/cls';
import { ApiError } from './api-error';

/** SCF's fields of a line: https://cloud.tencent.com/document/product/583/39778. */
export interface LogFields {
  readonly timeMs?: number;
  readonly type?: 'Custom' | 'Platform';
  readonly statusCode?: number;
  /** More fields, or others than SCF's. */
  readonly json?: Readonly<Record<string, unknown>>;
}

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1_000;
/** What can be read by one context. */
const MAX_BY_CONTEXT = 10_000;

/** The topic that SCF makes by itself: one a region, for all functions. */
export function topicOf(region: string): string {
  return `topic-${region}`;
}

/** CLS, as far as a function's log is kept and read. */
export class Logs {
  readonly #lines: (LogInfo & { readonly functionName: string })[] = [];

  write(
    { name, region }: { readonly name: string; readonly region: string },
    text: string,
    { timeMs = Date.now(), type = 'Custom', statusCode = 0, json }: LogFields = {},
  ): void {
    const fields = {
      SCF_FunctionName: name,
      SCF_Namespace: 'default',
      SCF_Qualifier: '$LATEST',
      SCF_RequestId: randomUUID(),
      SCF_Level: 'INFO',
      SCF_Type: type,
      SCF_StatusCode: String(statusCode),
      ...(json ?? { SCF_Message: text }),
    };
    this.#lines.push({
      Time: timeMs,
      TopicId: topicOf(region),
      PkgId: `PKG-${this.#lines.length}`,
      PkgLogId: '0',
      LogJson: JSON.stringify(fields),
      functionName: name,
    });
  }

  search(request: SearchLogRequest): Omit<SearchLogResponse, 'RequestId'> {
    const { TopicId, From, To, SyntaxRule = 0, Sort = 'desc', Limit = DEFAULT_LIMIT, Context = '' } = request;
    if (!/^topic-[a-z-]+$/.test(TopicId))
      throw new ApiError('ResourceNotFound.TopicNotExist', `The topic "${TopicId}" does not exist.`);
    if (Limit < 1 || Limit > MAX_LIMIT)
      throw new ApiError('InvalidParameter', `Limit ${Limit} is not in 1–${MAX_LIMIT}.`);
    if (SyntaxRule !== 1) throw new ApiError('UnsupportedOperation', 'The local CLS knows only CQL.');
    const isMeant = matcherOf(request.Query);
    const found = this.#lines
      .filter((one) => one.TopicId === TopicId && one.Time >= From && one.Time <= To && isMeant(one))
      .sort((a, b) => (Sort === 'asc' ? a.Time - b.Time : b.Time - a.Time))
      .slice(0, MAX_BY_CONTEXT);
    const at = offsetIn(Context, request);
    const results = found.slice(at, at + Limit);
    const next = at + results.length;
    return {
      Context: Buffer.from(JSON.stringify([next, ...sameOnEachPage(request)])).toString('base64'),
      // Also if a context gives no more, although there is more: which of the two CLS says then is not known.
      ListOver: next >= found.length,
      Results: results.map(({ functionName: _name, ...line }) => line),
    };
  }
}

function matcherOf(query: string): (line: { readonly functionName: string }) => boolean {
  if (query === '' || query === '*') return () => true;
  const [, name] = /^SCF_FunctionName:"([\w-]+)"$/.exec(query) ?? [];
  if (name === undefined)
    throw new ApiError('FailedOperation.SyntaxError', `The local CLS does not understand: ${query}`);
  return ({ functionName }) => functionName === name;
}

/** A context is for the search that it came from. */
function offsetIn(context: string, request: SearchLogRequest): number {
  if (context === '') return 0;
  const [offset, ...of] = JSON.parse(Buffer.from(context, 'base64').toString()) as unknown[];
  if (JSON.stringify(of) !== JSON.stringify(sameOnEachPage(request)))
    throw new ApiError('InvalidParameter', 'The Context is of another search.');
  return Number(offset);
}

function sameOnEachPage({ TopicId, From, To, Query, Sort, Limit }: SearchLogRequest): unknown[] {
  return [TopicId, From, To, Query, Sort, Limit];
}
