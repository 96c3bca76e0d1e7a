import type { UpstreamOrigin } from '../../proxy/routing/upstream-origin';
import { items, type ParseResult } from './basic';
import { isPrivateHost, readUpstreamOrigin, withoutVersion } from './upstream';

/** One entry of PROVIDERS. */
export interface CustomProvider {
  readonly name: string;
  readonly origin: UpstreamOrigin;
  /** Where it serves other formats than chat completions. */
  readonly formats: FormatAddresses;
  /** Whether any of its addresses is of this machine or a private network. */
  readonly isPrivate: boolean;
}

/** The addresses of a provider's other formats, by the member of `Provider`. */
export interface FormatAddresses {
  readonly messages?: UpstreamOrigin | undefined;
  readonly responses?: UpstreamOrigin | undefined;
}

/** Every entry of PROVIDERS that has a name, and everything that is wrong with them. */
export interface ReadProviders {
  readonly value: readonly CustomProvider[];
  readonly problems: readonly string[];
}

/** A path segment and, in upper case, a prefix of variable names. */
const NAME = /^[a-z][a-z0-9]{1,30}$/;
const FORMATS = ['anthropic', 'responses'] as const;

/**
 * `name=https://base.example.com/v1;anthropic=…;responses=…,…`. The first URL is the base URL of an OpenAI SDK's settings,
 * so it replaces `/v1`, as that of `responses` does; that of `anthropic` is the base URL of Anthropic's SDK, without `/v1`.
 */
export function readCustomProviders(text: string): ReadProviders {
  const problems = new Set<string>();
  const byName = new Map<string, CustomProvider>();
  for (const item of items(text, /[,\n]/)) {
    const [entry = '', ...formats] = items(item, ';');
    const [, name = '', url = ''] = /^([^=]*)=(.*)$/s.exec(entry) ?? [];
    if (!NAME.test(name)) {
      problems.add(
        'must be a comma-separated list of name=base-url, each name of 2 to 31 lower-case letters and digits.',
      );
    } else if (byName.has(name)) {
      problems.add('has the same name twice.');
    } else {
      const { value, problems: its } = readEntry(name, url, formats);
      byName.set(name, value);
      for (const problem of its) problems.add(`has an entry, ${name}, ${problem}`);
    }
  }
  return { value: [...byName.values()], problems: [...problems] };
}

function readEntry(
  name: string,
  url: string,
  formats: readonly string[],
): { readonly value: CustomProvider; readonly problems: readonly string[] } {
  const problems: string[] = [];
  const origin = readAddress(url, 'base URL', problems) ?? UNREADABLE;
  const { anthropic: messages, responses } = readFormats(formats, problems);
  const value: CustomProvider = {
    name,
    origin: { ...origin, replacesV1: true },
    formats: { messages, responses: responses && { ...responses, replacesV1: true } },
    isPrivate: [origin, messages, responses].some(
      (address) => address !== undefined && isPrivateHost(address.hostname),
    ),
  };
  return { value, problems };
}

/** In place of an address that cannot be read, so that its entry's name and variables are known all the same. */
const UNREADABLE: UpstreamOrigin = {
  protocol: 'https:',
  hostname: 'unreadable.invalid',
  port: 443,
  host: 'unreadable.invalid',
  pathPrefix: '/v1',
  replacesV1: true,
};

/** The same, for the table of variables. */
export function customProviders(text: string): ParseResult<readonly CustomProvider[]> {
  const { value, problems } = readCustomProviders(text);
  return problems.length === 0 ? { value } : { problem: problems.join(' It ') };
}

/**
 * What is unusual, but may be meant: a base URL without a version, to which requests go without one. Its path is not
 * shown, because it may contain a token.
 */
export function unversionedBases(custom: readonly CustomProvider[]): string[] {
  return custom.flatMap(({ name, origin, formats: { responses } }) => [
    ...(hasVersion(origin) ? [] : [`PROVIDERS has an entry, ${name}, whose base URL ${NO_VERSION}`]),
    ...(!responses || hasVersion(responses)
      ? []
      : [`PROVIDERS has an entry, ${name}, whose address of "responses" ${NO_VERSION}`]),
  ]);
}

const NO_VERSION =
  'has no version, such as /v1 at its end, so requests go there without one. If the provider responds with 404, add what its documentation has.';

/** Anywhere in the path: Google's is `/v1beta/openai`. */
function hasVersion({ pathPrefix }: UpstreamOrigin): boolean {
  return pathPrefix.split('/').some((segment) => withoutVersion(`/${segment}`) === '');
}

type FormatName = (typeof FORMATS)[number];

function readFormats(
  texts: readonly string[],
  problems: string[],
): Partial<Record<FormatName, UpstreamOrigin>> {
  const addresses: Partial<Record<FormatName, UpstreamOrigin>> = {};
  for (const text of texts) {
    const [, written = '', url = ''] = /^([^=]*)=(.*)$/s.exec(text) ?? [];
    const format = FORMATS.find((name) => name === written.trim());
    if (!format) {
      problems.push(
        `whose formats must be written as ${FORMATS.map((name) => `${name}=url`).join(' or ')}, after a semicolon.`,
      );
    } else if (addresses[format]) {
      problems.push(`which has two addresses of "${format}". Remove one of them.`);
    } else {
      const origin = readAddress(url, `address of "${format}"`, problems);
      if (origin) addresses[format] = origin;
    }
  }
  return addresses;
}

function readAddress(url: string, what: string, problems: string[]): UpstreamOrigin | undefined {
  const result = readUpstreamOrigin(url.trim());
  if ('value' in result) return result.value;
  problems.push(`whose ${what} ${result.problem}`);
  return undefined;
}
