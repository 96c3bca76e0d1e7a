/** What `npm run dev` watches and starts: in this order, since the proxy looks for the page's script when it is loaded. */
import './with-console';
import '../../src/entry/web-function';
