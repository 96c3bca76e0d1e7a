import { costSection } from './render';

/** Prints what a million chats cost. */
console.log(costSection());
