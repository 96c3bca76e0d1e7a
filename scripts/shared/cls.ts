/**
 * The parts of CLS's SearchLog that this project uses, as https://cloud.tencent.com/document/api/614/56447 has them: the SDK
 * of SCF does not include CLS.
 */

/** By the site of the account. */
export const CLS_ENDPOINTS = {
  mainland: 'cls.tencentcloudapi.com',
  international: 'cls.intl.tencentcloudapi.com',
} as const;
export const CLS_VERSION = '2020-10-16';

/** Every call of CLS's API that this project makes, for the policy. */
export const CLS_ACTIONS = { SearchLog: 'read' } as const;
export type ClsAction = keyof typeof CLS_ACTIONS;

export interface SearchLogRequest {
  TopicId: string;
  /** Unix time in ms. */
  From: number;
  To: number;
  Query: string;
  /** 1 is CQL, which the console uses. */
  SyntaxRule?: number;
  Sort?: 'asc' | 'desc';
  /** At most 1,000. */
  Limit?: number;
  /** From the previous page. At most 10,000 lines can be read by it. */
  Context?: string;
}

/** One line of a log. */
export interface LogInfo {
  /** Unix time in ms. */
  Time: number;
  TopicId: string;
  /** Together they identify the line. */
  PkgId: string;
  PkgLogId: string;
  /** An object as JSON; empty if the topic has no index. */
  LogJson: string;
  RawLog?: string | null;
}

export interface SearchLogResponse {
  Context: string;
  /** Whether this page is the last one. */
  ListOver: boolean;
  Results?: LogInfo[] | null;
  RequestId?: string;
}
