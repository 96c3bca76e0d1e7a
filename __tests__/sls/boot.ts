import { scf } from 'tencentcloud-sdk-nodejs-scf';
import type { LocalScf } from '../../scripts/local-scf';

const NAME = 'uploaded';

/** Does with an uploaded zip what the platform does: makes a function of it, gives it an address. @returns that address */
export async function bootInLocalScf(
  { endpoint, credentials }: LocalScf,
  archive: Buffer,
  variables: Readonly<Record<string, string>>,
): Promise<string> {
  const client = new scf.v20180416.Client({
    credential: credentials,
    region: 'ap-singapore',
    profile: { httpProfile: { protocol: 'http://', endpoint } },
  });
  await client.CreateFunction({
    FunctionName: NAME,
    Runtime: 'Nodejs20.19',
    Type: 'HTTP',
    Code: { ZipFile: archive.toString('base64') },
    Environment: { Variables: Object.entries(variables).map(([Key, Value]) => ({ Key, Value })) },
  });
  while ((await client.GetFunction({ FunctionName: NAME })).Status !== 'Active') {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await client.CreateTrigger({
    FunctionName: NAME,
    TriggerName: 'url-trigger',
    Type: 'http',
    Qualifier: '$DEFAULT',
    TriggerDesc: JSON.stringify({
      AuthType: 'NONE',
      NetConfig: { EnableIntranet: false, EnableExtranet: true },
    }),
  });
  const { Triggers = [] } = await client.ListTriggers({ FunctionName: NAME });
  const description = JSON.parse(Triggers[0]?.TriggerDesc ?? '{}') as { NetConfig: { ExtranetUrl: string } };
  return description.NetConfig.ExtranetUrl;
}
