import { providerVariables, variableRows } from '../../src/config/provider-variables';
import { readConfig, type Config } from '../../src/config/read-config';
import type { Variable } from '../../src/config/variables';
import { clientSettings, snippets } from '../../src/pages/index-page/clients';
import { FAILURES } from '../../src/errors/failures';
import { METRICS, prometheusName } from '../../src/metrics/definitions';
import { inFormatOf, servesPath, servesSocket } from '../../src/providers/formats';
import type { Provider } from '../../src/providers/provider';
import { originOf, upstreamPath } from '../../src/proxy/routing/upstream-origin';
import { accuracySection } from '../bench/accuracy/section';
import { simulationSection } from '../simulate/section';
import { costSection, costSummary } from '../bench/cost/render';
import { mutationSection } from '../mutation/section';
import house from '../house/rooms.json';

/** Renders the text between `<!-- name -->` and `<!-- /name -->`. */
type Section = () => string;

const BASE_URL = 'https://<your-url>';

/** The generated sections, by the document that contains them. */
export const SECTIONS: Readonly<Record<string, Readonly<Record<string, Section>>>> = {
  'README.md': { 'cost-summary': costSummary },
  'docs/clients.md': { clients, snippets: clientSnippets },
  'docs/providers-and-models.md': { formats, providers },
  'docs/configuration.md': { variables },
  'docs/errors.md': { errors },
  'docs/performance.md': { accuracy: accuracySection, cost: costSection, simulation: simulationSection },
  'docs/metrics.md': { metrics },
  'ARCHITECTURE.md': { rooms },
  'scripts/mutation/README.md': { scores: mutationSection },
};

/**
 * A document with its generated sections replaced; everything else is unchanged.
 * @param file its path from the project's root
 * @throws Error if the document lacks one of its sections
 */
export function renderSections(file: string, document: string): string {
  return Object.entries(SECTIONS[file] ?? {}).reduce((text, [name, render]) => {
    const pattern = new RegExp(`(<!-- ${name} -->)[^]*?(<!-- /${name} -->)`);
    if (!pattern.test(text)) throw new Error(`${file} has no section <!-- ${name} -->.`);
    return text.replace(
      pattern,
      (_match, open: string, close: string) => `${open}\n\n${render()}\n\n${close}`,
    );
  }, document);
}

function clients(): string {
  return table(
    ['Client', 'Setting', 'Value'],
    clientSettings(BASE_URL).map(([client, setting, url]) => [client, code(setting), code(url)]),
  );
}

function clientSnippets(): string {
  return snippets(BASE_URL, { yourKey: 'your-key-or-token' })
    .map(([title, text]) => `${title}:\n\n\`\`\`${language(title)}\n${text}\n\`\`\``)
    .join('\n\n');
}

function language(title: string): string {
  if (title.endsWith(': PowerShell')) return 'powershell';
  return /\.(toml|json)$/.exec(title)?.[1] ?? 'sh';
}

function providers(): string {
  return providerVariables()
    .map(({ provider: { name, defaultUpstream, models }, upstream, keys }) => {
      const address = defaultUpstream === undefined ? 'an address of your own' : code(defaultUpstream);
      const names = [...('parse' in upstream ? [code(upstream.name)] : []), namesOf(keys)];
      return row(name, [
        `Segment ${code(`/${name}`)}, address: ${address}. Variables: ${names.join(', ')}.`,
        ...(models === undefined ? [] : [`Models: ${models.map(code).join(' ')}`]),
      ]);
    })
    .join('\n\n');
}

/** Formats by the path at which clients have them. */
const FORMATS = [
  ['Chat Completions', '/v1/chat/completions'],
  ['Responses', '/v1/responses'],
  ['Anthropic Messages', '/v1/messages'],
] as const;
const AZURE = 'https://<resource>.services.ai.azure.com';

/** Where each provider serves each format, and in which header it takes the key. */
function formats(): string {
  const config = readConfig({ AZURE_UPSTREAM: AZURE.replace('<resource>', 'resource') });
  return config.providers.all
    .map((provider) => {
      const lines = FORMATS.flatMap(([format, path]) => {
        const address = formatAddress(config, provider, path);
        return address === undefined ? [] : [`  - ${format}: ${address}`];
      });
      return [`- **${provider.name}**`, ...lines].join('\n');
    })
    .join('\n');
}

function formatAddress({ upstreams }: Config, owner: Provider, path: string): string | undefined {
  const { provider, path: bare } = inFormatOf(owner, path);
  if (!servesPath(provider, bare)) return undefined;
  const origin = originOf(upstreams, provider);
  const at = upstreamPath(origin, provider.upstreamPath?.(bare) ?? bare);
  const [header, value] = provider.keyHeader('key', bare);
  const key = value === 'key' ? header : `${header}: Bearer`;
  return `${code(`${origin.protocol}//${origin.host}${at}`.replace('//resource.', '//<resource>.'))} (${code(key)})${servesSocket(provider, bare) ? ', also over a WebSocket' : ''}`;
}

function variables(): string {
  return ownRows()
    .map((variable) => {
      const fallback = variable.fallback === '' ? 'not set' : code(variable.fallback);
      const secret = variable.secret === true ? ' A secret.' : '';
      return row(variable.name, [`Default: ${fallback}.${secret}`, variable.about]);
    })
    .join('\n\n');
}

function metrics(): string {
  return table(
    ['Metric', 'Type', 'Labels', 'Meaning'],
    Object.values(METRICS).map((metric) => [
      code(prometheusName(metric)),
      metric.kind,
      metric.labels.map((label) => code(label.replaceAll('.', '_'))).join(', '),
      metric.help,
    ]),
  );
}

function errors(): string {
  return Object.entries(FAILURES)
    .map(([name, failure]) => {
      const advice =
        'final' in failure ? 'Repeating the request does not help.' : 'The request may be repeated.';
      return row(name, [`Status **${failure.status}**. ${advice}`, failure.message]);
    })
    .join('\n\n');
}

/** The rows that do not belong to one provider; those have another section. */
function ownRows(): readonly Variable<unknown>[] {
  const ofProviders = new Set(
    providerVariables().flatMap(({ upstream, keys }) =>
      'parse' in upstream ? [upstream.name, keys.name] : [keys.name],
    ),
  );
  return variableRows().filter(({ name }) => !ofProviders.has(name));
}

/** A heading, so that each row has an anchor, and its paragraphs. */
function row(name: string, paragraphs: readonly string[]): string {
  return [`### ${name}`, ...paragraphs.map(withCode)].join('\n\n');
}

/** `<name>` outside code would be taken for HTML; no message or description has one there. */
function withCode(paragraph: string): string {
  const outside = paragraph.replace(/`[^`]*`/g, '');
  if (/[<>]/.test(outside)) throw new Error(`An angle bracket outside code: ${paragraph}`);
  return paragraph;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function code(text: string): string {
  return `\`${text}\``;
}

function namesOf(row: Variable<unknown>): string {
  return row.alias === undefined ? code(row.name) : `${code(row.name)} (or ${code(row.alias)})`;
}

/** The rooms from the top down, with what each may use beside TypeScript. */
function rooms(): string {
  const width = Math.max(...house.map(({ room }) => room.length));
  const lines = house.map(({ room, holds, node, environment, packages }) => {
    const uses = [
      ...(environment === true ? ['process.env'] : []),
      ...packages,
      ...(node ? [] : ['no Node']),
    ];
    return `${room.padEnd(width)}  ${holds}${uses.length === 0 ? '' : ` (${uses.join(', ')})`}`;
  });
  return ['```text', ...lines, '```'].join('\n');
}
