// The official components find out by these classes whether a script will bring them to life.
import { initAll } from './govuk-frontend.js';

document.body.classList.add('js-enabled');
if ('noModule' in HTMLScriptElement.prototype) document.body.classList.add('govuk-frontend-supported');
initAll();
