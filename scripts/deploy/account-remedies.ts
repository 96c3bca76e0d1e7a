import { listRegions } from '../shared/regions';
import { INTERNATIONAL_ENDPOINT, type Site } from './console';
import type { Remedy } from './remedy';

/** Tencent's errors that the account or the region causes, which is what a first deployment meets. */
export const ACCOUNT_REMEDIES: readonly Remedy[] = [
  {
    // Not a missing policy, although the code begins like one.
    when: ({ code }) =>
      /^(?:Unauthorized|Unsupported)Operation\.(?:NotSupport)?Region$|^UnsupportedRegion/.test(code),
    text: ({ settings: { region } }) =>
      `Tencent does not offer SCF in ${region} to this account. Choose another inputs.region in serverless.yml: ${listRegions(region)}.`,
  },
  {
    when: ({ code }) => /^FailedOperation\.InsufficientResources$|^ResourceInsufficient/.test(code),
    text: ({ settings: { region } }) =>
      `The region ${region} is sold out at present. Deploy again later, or choose another inputs.region in serverless.yml: ${listRegions(region)}.`,
  },
  {
    when: ({ code }) => code.startsWith('AuthFailure.SignatureExpire'),
    text: () => "This machine's clock is wrong. Set it, and deploy again.",
  },
  {
    when: ({ code, message }) =>
      /RealName|NotCertified|Uncertified|Unauthenticated/i.test(code) || /real[- ]?name|实名/i.test(message),
    text: ({ page }) =>
      `The account has not completed the identity verification. Complete it at ${page('/developer')}, and deploy again.`,
  },
  {
    // The default namespace is made when the service is opened.
    when: ({ code }) =>
      /^FailedOperation\.(?:UnOpenedService|OpenService|ServiceClosed|CreateNamespace)$|\.DefaultNamespace$/.test(
        code,
      ),
    text: ({ page }) =>
      `SCF is not opened for this account. Open ${page('/scf')} once, accept what it asks for, which includes the role SCF_QcsRole, and deploy again.`,
  },
  {
    when: ({ code }) => /QcsRoleNotFound|CallRoleFailed|GetRoleError|\.Role(?:Check)?$/.test(code),
    text: ({ page }) =>
      `The role SCF_QcsRole, with which SCF works for the account, is missing. As the main account open ${page('/scf')}, permit SCF to create the role, and deploy again.`,
  },
  {
    when: ({ code }) => code === 'FailedOperation.ClsServiceUnregistered',
    text: ({ page }) =>
      `CLS, to which SCF writes the log, is not opened for this account. Open ${page('/cls')} once, and deploy again.`,
  },
  {
    when: ({ code }) => code === 'OperationDenied.AccountNotExists',
    text: ({ page, site }) =>
      `Tencent does not know the account of this key here. ${otherSite(site)} Otherwise open ${page('/scf')} once with that account, and deploy again.`,
  },
  {
    when: ({ code }) => /AccountIsolated?$|ServiceSuspended|ResourceOverdue|AccountDestroy/.test(code),
    text: ({ page }) =>
      `Tencent has suspended the account or its SCF, usually for an unpaid bill. Pay it at ${page('/expense')}, wait a few minutes, and deploy again.`,
  },
  {
    when: ({ code }) => /InsufficientBalance|AccountInsufficient|Arrears/i.test(code),
    text: ({ page }) => `The account has no balance. Top it up at ${page('/expense')}, and deploy again.`,
  },
  {
    when: ({ code }) => code.includes('UnauthorizedOperation') || code.includes('CAM'),
    text: ({ page }) =>
      `The account of this key is not permitted to do this. Give it the policy that "npm run deploy -- policy" prints, or QcloudSCFFullAccess, at ${page('/cam')}.`,
  },
  {
    when: ({ code }) => /^(?:FailedOperation\.)?AuthFailure/.test(code),
    text: ({ page, site }) =>
      `Tencent does not accept the credentials. Check TENCENT_SECRET_ID, TENCENT_SECRET_KEY and, for temporary ones, TENCENT_TOKEN; keys are listed at ${page('/cam/capi')}. ${otherSite(site)}`,
  },
];

function otherSite(site: Site | undefined): string {
  return site === 'international'
    ? 'For an account of the mainland site, unset TENCENT_ENDPOINT.'
    : `For an account of the international site, set TENCENT_ENDPOINT=${INTERNATIONAL_ENDPOINT}.`;
}
