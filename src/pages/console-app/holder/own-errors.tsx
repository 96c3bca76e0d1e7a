import type { OwnErrors as OwnErrorsReport } from '../../console/report';
import { remedyOf } from '../parts/api';
import { Card, Empty, Loaded } from '../parts/boxes';
import { useUi } from '../parts/ui';
import { useReport } from '../parts/use-report';
import { fill } from '../texts/texts';

const EVERY_MS = 20_000;

/** What went wrong lately, whose fault it was, and what to do. */
export function OwnErrors() {
  const { texts, format, language } = useUi();
  const { account } = texts;
  const report = useReport<OwnErrorsReport>('/-/me/errors', { everyMs: EVERY_MS });
  return (
    <Card title={account.errors} id="errors" hint={account.errorsHint}>
      <Loaded report={report} lines={3}>
        {({ errors, kept }) =>
          errors.length === 0 ? (
            <Empty title={kept ? account.errorsNone : account.errorsOff} />
          ) : (
            <div class="errors" tabIndex={0}>
              <ul>
                {errors.map(
                  ({ id, at_ms, provider, model, status, error, message, upstream_error, retry }) => (
                    <li key={id}>
                      <div class="error-head">
                        <span class="status bad">{status}</span>
                        <strong>{model ?? provider}</strong>
                        <time class="soft" dateTime={new Date(at_ms).toISOString()}>
                          {format.moment(at_ms)}
                        </time>
                      </div>
                      {error !== null && (
                        <p>
                          <code>{error}</code> {remedyOf(error, language) ?? message}
                        </p>
                      )}
                      {upstream_error !== null && (
                        <p>{fill(account.fromProvider, { code: upstream_error })}</p>
                      )}
                      <p class="soft small">
                        {[
                          retry === null ? '' : retry ? account.retryYes : account.retryNo,
                          fill(texts.common.requestId, { id }),
                        ]
                          .filter((part) => part !== '')
                          .join(' ')}
                      </p>
                    </li>
                  ),
                )}
              </ul>
            </div>
          )
        }
      </Loaded>
    </Card>
  );
}
