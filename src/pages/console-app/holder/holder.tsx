import { useUi } from '../parts/ui';
import { useReport } from '../parts/use-report';
import { fill } from '../texts/texts';
import { ChatCard } from './chat-card';
import { Clients } from './clients';
import { Models, type ModelList } from './models';
import { OwnErrors } from './own-errors';
import { OwnUse } from './own-use';
import { KeyAndPhone } from './phone';
import { StatusLine } from './status-line';

/** What the holder of an access token sees. A token in the path is not known here, so it is not in the settings either. */
export function Holder({ name }: { readonly name: string }) {
  const { texts, access } = useUi();
  const models = useReport<ModelList>('/v1/models');
  const token = access.token === '' ? undefined : access.token;
  return (
    <>
      <div class="view-head">
        <div>
          <h1>{fill(texts.account.heading, { name })}</h1>
          <StatusLine />
        </div>
      </div>
      <div class="two">
        <OwnUse />
        <OwnErrors />
      </div>
      <ChatCard token={access.token} models={models.data?.data?.map(({ id }) => id) ?? []} />
      {token !== undefined && <KeyAndPhone token={token} />}
      <Clients token={token} />
      <Models report={models} />
    </>
  );
}
