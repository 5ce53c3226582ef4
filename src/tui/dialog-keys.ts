/** Keys while a dialog is open. */
import type { App } from './app.js';
import type {
  ConfirmDialog,
  FormDialog,
  FormField,
  HelpDialog,
  KeepDialog,
  MenuDialog,
  TextDialog,
} from './dialog.js';
import { SETUP_ROWS } from './setup-table.js';

const SCROLL: Record<string, number> = {
  down: 1,
  up: -1,
  pagedown: 10,
  pageup: -10,
  home: -100_000,
  end: 100_000,
};

export function dialogKey(app: App, key: string): void {
  const dialog = app.state.dialog!;
  if (key === 'escape' || key === 'f10') {
    app.closeDialog();
    return;
  }
  switch (dialog.dialog) {
    case 'help':
      helpKey(app, dialog, key);
      break;
    case 'setup':
      setupKey(app, dialog, key);
      break;
    case 'menu':
      menuKey(app, dialog, key);
      break;
    case 'confirm':
      confirmKey(app, dialog, key);
      break;
    case 'text':
      textKey(app, dialog, key);
      break;
    case 'keep':
      keepKey(app, dialog, key);
      break;
    case 'form':
      formKey(app, dialog, key);
      break;
  }
}

function helpKey(app: App, dialog: HelpDialog, key: string): void {
  if (key in SCROLL) dialog.top += SCROLL[key]!;
  else if (key === 'f1') app.closeDialog();
  else if (key === 'backspace') dialog.text = dialog.text.slice(0, -1);
  else if (key === 'enter' || (dialog.text === '' && (key === 'q' || key === '?'))) app.closeDialog();
  else if (key === 'space') dialog.text += ' ';
  else if (key.length === 1) dialog.text += key;
}

function setupKey(app: App, dialog: HelpDialog, key: string): void {
  const row = SETUP_ROWS[dialog.cursor]!;
  if (key === 'q' || key === 'S' || key === 'f2') app.closeDialog();
  else if (key === 'down' || key === 'j') dialog.cursor = Math.min(SETUP_ROWS.length - 1, dialog.cursor + 1);
  else if (key === 'up' || key === 'k') dialog.cursor = Math.max(0, dialog.cursor - 1);
  else if (['+', 'right', 'l', 'enter', 'space'].includes(key))
    app.changeSettings(row.change(app.state.settings, 1));
  else if (['-', 'left', 'h'].includes(key)) app.changeSettings(row.change(app.state.settings, -1));
}

function menuKey(app: App, dialog: MenuDialog, key: string): void {
  if (key === 'q') app.closeDialog();
  else if (key === 'down' || key === 'j')
    dialog.cursor = Math.min(dialog.items.length - 1, dialog.cursor + 1);
  else if (key === 'up' || key === 'k') dialog.cursor = Math.max(0, dialog.cursor - 1);
  else if (key === 'enter') {
    const item = dialog.items[dialog.cursor];
    if (!item) return;
    if (item.isDisabled) app.say(item.note, true);
    else {
      app.closeDialog();
      item.choose(app);
    }
  }
}

/** Only Enter on the right button acts: no letter does, so that nothing happens by a slip. */
function confirmKey(app: App, dialog: ConfirmDialog, key: string): void {
  const { plan, threat } = dialog;
  if (dialog.isChecking) return;
  // What cuts our own session is named by hand: letters are its name then.
  const isTyping = threat !== null && (key === 'backspace' || key === 'C-u' || Array.from(key).length === 1);
  if (isTyping) dialog.typed = edited(dialog.typed, key);
  else if (key === 'q') app.closeDialog();
  else if (['tab', 'S-tab', 'left', 'right', 'h', 'l'].includes(key))
    dialog.choice = dialog.choice === 'cancel' ? 'do' : 'cancel';
  else if (key in SCROLL) dialog.top += SCROLL[key]!;
  else if (key === 'y') app.copyText(plan.commands.join('\n'));
  else if (key === 'enter') {
    if (dialog.choice === 'do' && threat && dialog.typed !== threat.name) {
      app.say(`type ${threat.name} first: your session hangs on it`, true);
      return;
    }
    if (dialog.choice === 'do') app.acts.confirmation.accept(dialog);
    else {
      app.closeDialog();
      app.say('nothing was done', false);
    }
  }
}

/** Only Enter keeps it; whoever is cut off cannot press it. */
function keepKey(app: App, dialog: KeepDialog, key: string): void {
  if (key !== 'enter') return;
  app.closeDialog();
  dialog.keep();
}

/** Letters are text where there is a text to be typed; else they move as everywhere. */
function formKey(app: App, dialog: FormDialog, key: string): void {
  const fields = dialog.fields(dialog.values);
  const field = fields[dialog.cursor];
  if (!field) return;
  const isText = field.kind === 'text' && !field.disabled;
  const move = FORM_MOVES[key] ?? (isText ? undefined : { j: 1, k: -1 }[key]);
  if (move !== undefined) dialog.cursor = (dialog.cursor + move + fields.length) % fields.length;
  else if (key === 'pagedown' || key === 'pageup') dialog.top += SCROLL[key]!;
  else if (key === 'enter') submitForm(app, dialog);
  else if (field.disabled) app.say(field.disabled, true);
  else if (isText) dialog.values[field.name] = edited(dialog.values[field.name] ?? '', key);
  else changeField(dialog, field, key);
}

const FORM_MOVES: Record<string, number> = { down: 1, up: -1, tab: 1, 'S-tab': -1 };

function edited(text: string, key: string): string {
  if (key === 'backspace') return Array.from(text).slice(0, -1).join('');
  if (key === 'C-u') return '';
  if (key === 'space') return `${text} `;
  return Array.from(key).length === 1 ? text + key : text;
}

function changeField(dialog: FormDialog, { name, kind, choices = [] }: FormField, key: string): void {
  const value = dialog.values[name] ?? '';
  if (kind === 'toggle' && ['space', 'left', 'right', 'h', 'l', 'x'].includes(key))
    dialog.values[name] = value === '' ? 'yes' : '';
  const step = { space: 1, right: 1, l: 1, left: -1, h: -1 }[key];
  if (kind !== 'choice' || step === undefined || choices.length === 0) return;
  dialog.values[name] = choices[(choices.indexOf(value) + step + choices.length) % choices.length]!;
}

function submitForm(app: App, dialog: FormDialog): void {
  const { refusal } = dialog.preview(dialog.values);
  if (refusal !== null) {
    app.say(refusal, true);
    return;
  }
  app.closeDialog();
  dialog.submit(app, dialog.values);
}

function textKey(app: App, dialog: TextDialog, key: string): void {
  const letters: Record<string, string> = { j: 'down', k: 'up', g: 'home', G: 'end' };
  const step = SCROLL[letters[key] ?? key];
  if (step !== undefined) dialog.top += step;
  else if (key === 'y') app.copyText(dialog.copyText);
  else if (key === 'W' && dialog.save) dialog.save();
  else if (key === 'f1') app.openDialog('help');
  else if (['q', 'enter', '@', '=', '?'].includes(key)) app.closeDialog();
}
