import { clientSettings, snippets } from '../../src/pages/index-page/clients';

/** An access token of the proxy that the clients are given. */
export const TOKEN = 'tok-laptop-1-0123456789';

/** What the one table of clients says, of a proxy at one address: what users copy from the page and the documents. */
export class Settings {
  constructor(private readonly url: string) {}

  /** The variables that a text for a shell sets. */
  environment(client: string): Record<string, string> {
    const variables = this.#snippet(client)
      .split('\n')
      .map((line) => {
        const [, name, value] = /^export ([A-Z_]+)="([^"\\$`]+)"$/.exec(line) ?? [];
        if (name === undefined || value === undefined) throw new Error(`Not a variable: ${line}`);
        return [name, value] as const;
      });
    return Object.fromEntries(variables);
  }

  /** The file that a text belongs to, by its path below the home folder, which the title ends in. */
  file(client: string): Record<string, string> {
    const beginning = `${client}: ~/`;
    const found = this.#snippets().find(([title]) => title.startsWith(beginning));
    if (!found) throw new Error(`There is no file of ${client}.`);
    const [title, text] = found;
    return { [title.slice(beginning.length)]: text };
  }

  /** A command with what it gets from `echo`. */
  command(client: string): { readonly input: string; readonly words: readonly string[] } {
    const text = this.#snippet(client);
    const [, input, command] = /^echo "([^"\\$`]+)" \| ([\w -]+)$/.exec(text) ?? [];
    if (input === undefined || command === undefined) throw new Error(`Not a command: ${text}`);
    return { input: `${input}\n`, words: command.split(' ') };
  }

  /** The name of a client's setting with its value, nested where there are dots in the name: `{options: {baseURL}}`. */
  row(client: string): Record<string, unknown> {
    const [, setting, url] = clientSettings(this.url).find(([name]) => name === client) ?? [];
    if (setting === undefined) throw new Error(`There is no row of ${client}.`);
    return setting
      .split('.')
      .reverse()
      .reduce<unknown>((value, name) => ({ [name]: value }), url) as Record<string, unknown>;
  }

  #snippets() {
    return snippets(this.url, { yourKey: TOKEN });
  }

  #snippet(client: string): string {
    const [, text] = this.#snippets().find(([title]) => title === client) ?? [];
    if (text === undefined) throw new Error(`There is no text for ${client}.`);
    return text;
  }
}
