import { existsSync, readFileSync, readdirSync, realpathSync } from 'node:fs';
import path from 'node:path';

export const LICENSES_FILE = 'THIRD-PARTY-LICENSES';

const LICENSE_FILE = /^(?:licen[cs]e|copying|notice)(?:[-.]|$)/i;
const RULE = '='.repeat(80);

interface Package {
  /** With its version: two versions of a package are two packages. */
  readonly title: string;
  readonly license: string | undefined;
  readonly author: string | undefined;
  readonly texts: readonly string[];
}

/**
 * The licences of all packages that a bundle has code of, as one text. It depends on nothing but the packages, so the
 * same sources give the same text.
 * @param files what the bundle was made of; those outside `node_modules` have no entry
 * @param notices entries for what is in the bundle and was not taken from a package as it stands
 * @throws Error if a package has neither a licence file nor a `license` field: its code must not be passed on
 */
export function thirdPartyLicenses(files: readonly string[], notices: readonly string[] = []): string {
  const folders = new Set(files.map(packageFolder).filter((folder) => folder !== undefined));
  const entries = new Map<string, string>();
  for (const folder of folders) {
    const found = readPackage(folder);
    entries.set(found.title, entryOf(found));
  }
  // By code units: a locale's order differs between machines.
  const sorted = [...entries].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, entry]) => entry);
  return [
    `The licences of the packages that have code in index.js or in a file beside it.\n`,
    ...sorted,
    ...notices.map((notice) => `${notice.trim()}\n`),
  ].join(`\n${RULE}\n`);
}

/** Where Node's licence is, from the folder of its executable: in builds from nodejs.org, and in Debian's packages. */
const NODE_LICENSE_PLACES = ['../LICENSE', '../share/doc/nodejs/LICENSE'];

/** The same, with the licence of the running Node, which is part of a single executable. */
export function withNodeLicense(licenses: string, executable = process.execPath): string {
  const folder = path.dirname(realpathSync(executable));
  const file = NODE_LICENSE_PLACES.map((place) => path.resolve(folder, place)).find(existsSync);
  const text =
    file === undefined
      ? `Its text: https://github.com/nodejs/node/blob/${process.version}/LICENSE`
      : readFileSync(file, 'utf8').replaceAll('\r\n', '\n').trim();
  const head = `Node.js ${process.version}\nLicense: MIT, and those of the libraries in it`;
  return `${licenses}\n${RULE}\n${head}\n\n${text}\n`;
}

/** The folder of the package that a file belongs to; the innermost one, because packages contain packages. */
function packageFolder(file: string): string | undefined {
  return /^.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+(?=[\\/])/.exec(file)?.[0];
}

function readPackage(folder: string): Package {
  const manifest = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as Record<
    string,
    unknown
  >;
  const texts = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && LICENSE_FILE.test(entry.name))
    .map(({ name }) => name)
    .sort()
    .map((name) => readFileSync(path.join(folder, name), 'utf8').replaceAll('\r\n', '\n').trim());
  return {
    title: `${String(manifest['name'])} ${String(manifest['version'])}`,
    license: licenseOf(manifest),
    author: nameOf(manifest['author']),
    texts: texts.filter((text) => text !== ''),
  };
}

function entryOf({ title, license, author, texts }: Package): string {
  if (texts.length === 0 && license === undefined) {
    throw new Error(
      `${title} is in the bundle and has neither a licence file nor a "license" in its package.json. Find out its licence, or leave the package out.`,
    );
  }
  const head = [title];
  if (license !== undefined) head.push(`License: ${license}`);
  if (texts.length === 0) head.push(`Author: ${author ?? 'not given'}`, 'The package has no licence file.');
  return `${[head.join('\n'), ...texts].join('\n\n')}\n`;
}

/** `license` in its current form, and in the two forms of old packages. */
function licenseOf({ license, licenses }: Record<string, unknown>): string | undefined {
  const all = [license, ...(Array.isArray(licenses) ? (licenses as unknown[]) : [])];
  const names = all.map((one) => (typeof one === 'string' ? one : fieldOf(one, 'type')));
  const known = names.filter((name) => name !== undefined && name !== '' && name !== 'UNLICENSED');
  return known.length > 0 ? known.join(' OR ') : undefined;
}

function nameOf(author: unknown): string | undefined {
  return typeof author === 'string' ? author : fieldOf(author, 'name');
}

function fieldOf(value: unknown, name: string): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const field = (value as Record<string, unknown>)[name];
  return typeof field === 'string' ? field : undefined;
}
