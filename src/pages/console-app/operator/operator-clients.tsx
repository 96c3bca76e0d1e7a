import { Clients } from '../holder/clients';
import { useUi } from '../parts/ui';

/** What the operator tells others to enter; the admin token is for no client. */
export function OperatorClients() {
  const { texts } = useUi();
  return (
    <>
      <div class="view-head">
        <h1>{texts.nav.clients}</h1>
      </div>
      <Clients token={undefined} />
    </>
  );
}
