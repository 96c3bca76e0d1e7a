import { deploy } from '../../../scripts/deploy/deploy';
import { remedyFor } from '../../../scripts/deploy/remedies';
import { ScfError } from '../../../scripts/deploy/scf-api';
import { Account } from './account';
import { settingsWith } from './project';

let account: Account;
beforeAll(async () => {
  account = await Account.start();
});
afterAll(() => account.stop());

async function refusalOf(code: string, message: string): Promise<string> {
  account.scf.failNext('CreateFunction', code, message);
  const error: unknown = await deploy(await account.deployment()).catch((thrown: unknown) => thrown);
  return String(error);
}

describe('the error of a first deployment', () => {
  it.each<[string, string[]]>([
    [
      'FailedOperation.UnOpenedService',
      ['SCF is not opened', '/scf', 'SCF_QcsRole', 'console.tencentcloud.com'],
    ],
    ['FailedOperation.OpenService', ['SCF is not opened']],
    ['FailedOperation.ServiceClosed', ['SCF is not opened']],
    ['InvalidParameterValue.DefaultNamespace', ['SCF is not opened']],
    ['OperationDenied.AccountNotExists', ['does not know the account', 'TENCENT_ENDPOINT=intl', '/scf']],
    ['FailedOperation.QcsRoleNotFound', ['SCF_QcsRole', 'As the main account open']],
    ['FailedOperation.CallRoleFailed', ['SCF_QcsRole']],
    ['InternalError.GetRoleError', ['SCF_QcsRole']],
    ['ResourceNotFound.Role', ['SCF_QcsRole']],
    ['UnauthorizedOperation.Role', ['SCF_QcsRole']],
    ['FailedOperation.ClsServiceUnregistered', ['CLS', '/cls']],
    ['OperationDenied.AccountNotRealName', ['identity verification', '/developer']],
    ['FailedOperation.AccountInsufficient', ['no balance', '/expense']],
    ['FailedOperation.InsufficientBalance', ['no balance']],
    ['ResourceUnavailable.InsufficientBalance', ['no balance']],
    ['ResourceUnavailable.ServiceSuspended', ['suspended', '/expense']],
    ['OperationDenied.AccountIsolate', ['suspended']],
    ['UnauthorizedOperation.Region', ['does not offer SCF in ap-singapore', 'ap-tokyo']],
    ['UnsupportedOperation.Region', ['does not offer SCF in ap-singapore']],
    ['UnsupportedOperation.NotSupportRegion', ['does not offer SCF in ap-singapore']],
    ['UnsupportedRegion', ['does not offer SCF in ap-singapore']],
    ['FailedOperation.InsufficientResources', ['sold out', 'ap-tokyo']],
    ['LimitExceeded.Eip', ['quota of 5', 'inputs.eip: false']],
    ['UnsupportedOperation.EipFixed', ['inputs.eip: false']],
    ['InvalidParameterValue.EipConfig', ['inputs.eip: false']],
    ['LimitExceeded.Function', ['quota of the account']],
    ['LimitExceeded.Memory', ['Lower inputs.memorySize']],
    ['InvalidParameterValue.InstanceConcurrencyConfig', ['maxConcurrency', 'set its enable to false']],
    ['InvalidParameterValue.DynamicEnabled', ['set its enable to false']],
    [
      'FailedOperation.TopicNotExist',
      ['topic, which may have been deleted', 'Choose another at', '/scf/list'],
    ],
    ['InvalidParameterValue.Cls', ['Choose another at']],
    ['FailedOperation.DeleteTrigger.UrlUsed', ['custom domain', 'Delete the domain']],
    ['UnauthorizedOperation.CAM', ['not permitted', 'npm run deploy -- policy', '/cam']],
    ['UnauthorizedOperation', ['not permitted']],
    ['AuthFailure.UnauthorizedOperation', ['not permitted']],
    ['AuthFailure.SecretIdNotFound', ['TENCENT_SECRET_ID', 'TENCENT_ENDPOINT=intl']],
    ['FailedOperation.AuthFailure', ['does not accept the credentials']],
    ['AuthFailure.SignatureExpire', ['clock']],
    [
      'InvalidParameterValue.Runtime',
      ['does not offer Nodejs20.19', 'Nodejs18.15, Nodejs22.21', 'runs on all of them'],
    ],
    ['InternalError.System', ['fault of Tencent’s', 'Deploy again']],
    ['FailedOperation.Unheard', ['Fix what it reports']],
  ])('%s is explained, with its remedy', async (code, parts) => {
    const problem = await refusalOf(code, 'The message.');
    for (const part of ['The message.', code, ...parts]) expect(problem).toContain(part);
  });

  it('recognises the identity verification by the message too, since its code is not documented', async () => {
    expect(await refusalOf('FailedOperation', 'Please complete real-name authentication.')).toContain(
      'identity verification',
    );
    expect(await refusalOf('FailedOperation', '账号未实名认证')).toContain('identity verification');
  });

  it('does not call a closed region a missing policy', async () => {
    expect(await refusalOf('UnauthorizedOperation.Region', 'Region error.')).not.toContain('permitted');
  });

  it('says that nothing was changed only if that is certain', async () => {
    expect(await refusalOf('FailedOperation.QcsRoleNotFound', 'x')).toContain('This call changed nothing');
    expect(await refusalOf('InternalError.System', 'x')).not.toContain('changed nothing');
  });
});

it('says how to turn the log off if SCF refuses to', () => {
  const refused = new ScfError('UpdateFunctionConfiguration', 'InvalidParameterValue.ClsRole', 'x');
  expect(remedyFor(refused, settingsWith({ logs: false }))).toContain(
    'Remove "logs: off" from serverless.yml',
  );
});

describe('links to the console', () => {
  const error = new ScfError('CreateFunction', 'FailedOperation.UnOpenedService', 'x');

  it('are given for both sites if it is not known which one the account belongs to', () => {
    const remedy = remedyFor(error, settingsWith());
    expect(remedy).toContain('https://console.cloud.tencent.com/scf');
    expect(remedy).toContain('https://console.tencentcloud.com/scf');
  });

  it('are those of the international site if TENCENT_ENDPOINT says so', () => {
    const remedy = remedyFor(error, settingsWith(), 'international');
    expect(remedy).toContain('https://console.tencentcloud.com/scf');
    expect(remedy).not.toContain('console.cloud.tencent.com');
  });

  it('a rejected key of the international endpoint may be one of the mainland site', () => {
    const rejected = new ScfError('GetFunction', 'AuthFailure.SecretIdNotFound', 'x');
    expect(remedyFor(rejected, settingsWith(), 'international')).toContain('unset TENCENT_ENDPOINT');
  });
});
