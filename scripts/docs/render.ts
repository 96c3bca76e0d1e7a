import { variableRows, type Variable } from '../../src/config/variables';
import { clientSettings } from '../../src/console/index-page';
import { FAILURES } from '../../src/errors';

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
  variables: () =>
    table(
      ['Variable', 'Default', 'What it does'],
      variableRows().map((row) => [names(row), row.fallback === '' ? '–' : code(row.fallback), row.about]),
    ),
  errors: () =>
    table(
      ['`x-proxy-error`', 'Status', 'Message'],
      Object.entries(FAILURES).map(([name, failure]) => [
        code(name),
        String(failure.status),
        failure.message,
      ]),
    ),
};

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
