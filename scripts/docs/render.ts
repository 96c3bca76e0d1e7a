import { providerVariables, variableRows } from '../../src/config/provider-variables';
import type { Variable } from '../../src/config/variables';
import { clientSettings } from '../../src/console/index-page/clients';
import { FAILURES } from '../../src/errors';
import { costSection } from '../bench/cost/render';

/** The parts of the README that the code knows better: each stands between `<!-- name -->` and `<!-- /name -->`. */
const SECTIONS: Readonly<Record<string, () => string>> = {
  clients: () =>
    table(
      ['Client', 'Setting', 'Value'],
      clientSettings('https://<your-url>').map(([client, setting, url]) => [
        client,
        code(setting),
        code(url),
      ]),
    ),
  providers: () =>
    table(
      ['Segment', 'Address', 'Variables', 'Models that are its own'],
      providerVariables().map(({ provider, upstream, keys }) => [
        code(`/${provider.name}`),
        provider.defaultUpstream === undefined ? 'your own' : code(provider.defaultUpstream),
        ['read' in upstream ? code(upstream.name) : '', names(keys)].join(', '),
        provider.models?.map(code).join(' ') ?? '–',
      ]),
    ),
  variables: () =>
    table(
      ['Variable', 'Default', 'What it does'],
      ownRows().map((row) => [names(row), row.fallback === '' ? '–' : code(row.fallback), row.about]),
    ),
  cost: costSection,
  errors: () =>
    table(
      ['`x-proxy-error`', 'Status', 'Repeat?', 'Message'],
      Object.entries(FAILURES).map(([name, failure]) => [
        code(name),
        String(failure.status),
        'final' in failure ? 'no' : 'yes',
        failure.message,
      ]),
    ),
};

/** The rows that are not of one provider; those have a table of their own. */
function ownRows(): readonly Variable<unknown>[] {
  const ofProviders = new Set(
    providerVariables().flatMap(({ upstream, keys }) =>
      'read' in upstream ? [upstream.name, keys.name] : [keys.name],
    ),
  );
  return variableRows().filter(({ name }) => !ofProviders.has(name));
}

/** The README with its generated sections made anew; everything else stays. */
export function renderReadme(readme: string): string {
  return Object.entries(SECTIONS).reduce((text, [name, render]) => {
    const pattern = new RegExp(`(<!-- ${name} -->)[^]*?(<!-- /${name} -->)`);
    if (!pattern.test(text)) throw new Error(`README.md has no section <!-- ${name} -->.`);
    return text.replace(
      pattern,
      (_match, open: string, close: string) => `${open}\n\n${render()}\n\n${close}`,
    );
  }, readme);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function code(text: string): string {
  return `\`${text}\``;
}

function names(row: Variable<unknown>): string {
  return row.otherName === undefined ? code(row.name) : `${code(row.name)} (or ${code(row.otherName)})`;
}
