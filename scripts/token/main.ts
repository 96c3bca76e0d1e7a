import { parseArgs } from 'node:util';
import { LIMIT_FIELDS } from '../../src/config/parsers/token-limits';
import { VARIABLES } from '../../src/config/variables';
import { effectiveText } from '../../src/config/effective-value';
import { localEnvironment } from '../../src/config/local-environment';
import { exitWith } from '../shared/exit-with';
import { tokenCommand } from './commands';
import { tokenLink } from './link';
import { newTokens } from './new-tokens';
import { newSecret, newSignedToken } from './signed';

const USAGE = `npm run token [-- --name NAME] [--count N] [--qr] [--url URL]
npm run token -- --secret
npm run token -- --name NAME LIMITS [--qr] [--url URL]
npm run token -- revoke NAME|ID …, unrevoke NAME|ID …, panic
npm run token -- list [FILE] [--since 7d]

  --name   prints NAME:TOKEN, an item of ACCESS_TOKENS; the log shows the name
  --count  number of tokens, from 1 to 100; with a name they are named NAME-1, NAME-2, …
  --secret prints a new value for TOKEN_SECRET
  --qr     shows the token as a QR code as well; with --url https://… or PROXY_URL that of the proxy's page with it

With TOKEN_SECRET (from the environment or .env) and --signed, or any limit, it prints a token that contains its
name and limits, and needs neither a line in ACCESS_TOKENS nor a deployment:

  --rpm N              requests in any minute
  --concurrency N      requests at the same time
  --tpm N              tokens of input and output in any minute: 200000, 200k, 1.5m
  --usd N/PERIOD       US dollars a day, week or month (UTC): 5/month; without a period in all: 20
  --models A,B-*       models; "*" stands for any characters but a slash
  --providers A,B      providers
  --until YYYY-MM-DD   the last day (UTC) on which it is valid
  --signed             none of these

Signed tokens end before their time with one of these: in running instances at once if REDIS_URL is set here and there,
otherwise it prints the line of REVOKED_TOKENS to deploy:

  revoke mum           all tokens of that name, also those that are made later
  revoke mum~t5k2x9    one token, by its beginning (without slp1~)
  unrevoke mum         takes it back
  panic                all tokens that were made before now
  list                 tokens that are configured or revoked; with REDIS_URL or a log their use as well`;

function main(): void {
  const command = tokenCommand(process.argv.slice(2));
  if (command) {
    exitWith(command);
    return;
  }
  const values = readArguments();
  if (values === undefined) {
    fail(USAGE);
    return;
  }
  if (values.secret) {
    console.log(newSecret());
    return;
  }
  const shows = values.qr || values.url !== undefined;
  const address = shows ? proxyUrl(values.url) : undefined;
  if (shows && address === undefined) {
    fail(
      `${values.url === undefined ? 'PROXY_URL' : '--url'} must be the address of the proxy, as https://…, without anything behind its path.`,
    );
    return;
  }
  if (values.signed || LIMIT_FIELDS.some((limit) => values[limit] !== undefined)) {
    printSigned(values, address);
    return;
  }
  if (shows && values.count !== '1') {
    fail('--qr is for one token: leave --count out.');
    return;
  }
  const count = /^\d{1,3}$/.test(values.count) ? Number(values.count) : NaN;
  const lines = newTokens({ name: values.name, count });
  if (lines === undefined) {
    fail(USAGE);
    return;
  }
  for (const line of lines) {
    console.log(line);
    if (address !== undefined) showQr(address, line.slice(line.indexOf(':') + 1));
  }
}

/** On the error output: what is done with the token on standard output is not disturbed. */
function showQr(address: string, token: string): void {
  exitWith(async () => {
    const { qrLines } = await import('./qr');
    const link = tokenLink(address, token);
    for (const line of qrLines(link ?? token)) console.error(line);
    console.error(
      link === undefined
        ? 'The code is the token. With --url https://… or PROXY_URL it opens the page of the proxy with it.'
        : 'The code opens the page of the proxy with the token. Whoever photographs it has the token.',
    );
    return 0;
  });
}

/** The address for the QR code, '' if none is known; `undefined` if it is not one. */
function proxyUrl(url: string | undefined): string | undefined {
  const { environment } = localEnvironment(process.env, process.cwd());
  const address = url ?? environment['PROXY_URL'] ?? '';
  return address === '' || tokenLink(address, 'token') !== undefined ? address : undefined;
}

function printSigned(
  values: NonNullable<ReturnType<typeof readArguments>>,
  address: string | undefined,
): void {
  const { environment } = localEnvironment(process.env, process.cwd());
  const secrets = VARIABLES.tokenSecrets.parse(effectiveText(VARIABLES.tokenSecrets, environment));
  if ('problem' in secrets) {
    fail(`TOKEN_SECRET ${secrets.problem}`);
    return;
  }
  const [newest] = secrets.value;
  if (newest === undefined) {
    fail(
      'TOKEN_SECRET is not set, which such a token is signed with. Make one with "npm run token -- --secret", set it in .env, and deploy once.',
    );
    return;
  }
  const result = newSignedToken(values, newest, Date.now());
  if ('problem' in result) {
    fail(result.problem);
    return;
  }
  console.log(result.token);
  if (address !== undefined) showQr(address, result.token);
}

function fail(message: string): void {
  console.error(message);
  process.exitCode = 2;
}

function readArguments() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        name: { type: 'string' },
        count: { type: 'string', default: '1' },
        secret: { type: 'boolean', default: false },
        signed: { type: 'boolean', default: false },
        qr: { type: 'boolean', default: false },
        url: { type: 'string' },
        rpm: { type: 'string' },
        concurrency: { type: 'string' },
        tpm: { type: 'string' },
        usd: { type: 'string' },
        models: { type: 'string' },
        providers: { type: 'string' },
        until: { type: 'string' },
      },
    });
    return positionals.length === 0 ? values : undefined;
  } catch {
    return undefined;
  }
}

main();
