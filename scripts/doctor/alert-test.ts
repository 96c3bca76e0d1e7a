import path from 'node:path';
import { postAlert } from '../../src/alerts/post-alert';
import { robotAt } from '../../src/alerts/robots';
import { effectiveText, type Environment } from '../../src/config/effective-value';
import { VARIABLES } from '../../src/config/variables';
import { readHttpProxy } from '../../src/proxy/connect/http-proxy';
import { readConfigFiles } from '../build/config-files';
import { fail, ok, type CheckResult } from './result';

const NAME = 'test alert';
const REMEDIES =
  'Check that the address is the one the chat shows for its robot, and the robot’s security settings: a keyword must be part of "scf-llm-proxy: a test alert", and a list of addresses must contain this machine’s.';

/** Sends one test alert to ALERT_URL from this machine. Of the address only the host is printed. */
export async function sendTestAlert(
  root: string,
  environment: Environment,
  now: () => number,
): Promise<CheckResult> {
  const packaged = readConfigFiles(path.join(root, 'config'));
  const parsed = VARIABLES.alertUrl.parse(effectiveText(VARIABLES.alertUrl, environment, packaged));
  if ('problem' in parsed) return { name: NAME, ...fail(`ALERT_URL ${parsed.problem}`, 'Correct it.') };
  if (parsed.value === '')
    return {
      name: NAME,
      ...fail('ALERT_URL is not set.', 'Set it in .env or config/ to the address of a robot.'),
    };
  const url = new URL(parsed.value);
  const receiver = `${robotAt(url).name} (${url.host})`;
  const alert = {
    event: 'test',
    subject: 'test',
    text: 'scf-llm-proxy: a test alert, sent by "npm run doctor -- --alert-test".',
    time: new Date(now()).toISOString(),
  } as const;
  try {
    await postAlert(url, alert, { httpProxy: readHttpProxy(environment).choose });
    return { name: NAME, ...ok(`${receiver} has taken it. Look whether it is in the chat.`) };
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'it could not be sent';
    return { name: NAME, ...fail(`${receiver}: ${reason}.`, REMEDIES) };
  }
}
