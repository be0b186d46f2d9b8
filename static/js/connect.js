/* The Connect tab: the vendor's sign-in in a window of its own, and this page up to date when it is done. */
(() => {
  "use strict";

  function open(form) {
    const width = 620, height = 760;
    const left = Math.round(window.screenX + (window.outerWidth - width) / 2);
    const top = Math.round(window.screenY + (window.outerHeight - height) / 2);
    const name = `mobly-connect-${form.dataset.popup}`;
    const opened = window.open("", name, `popup,width=${width},height=${height},left=${left},top=${top}`);
    // A browser that refuses windows connects in this one.
    form.target = opened ? name : "_self";
    opened?.focus();
  }

  document.addEventListener("submit", (event) => {
    if (event.target.matches("form[data-popup]")) open(event.target);
  });

  const channel = new BroadcastChannel("mobly-connect");
  channel.onmessage = ({ data }) => {
    const connection = document.getElementById("connection");
    const mine = document.querySelector("form[data-popup]")?.dataset.popup;
    // A sign-in that nobody knew what it was for names no provider: any page may say so.
    if (connection && (!data.provider || data.provider === mine)) htmx.trigger(connection, "signed-in");
  };

  // What was pressed may be gone after the swap: the focus goes to Connect, which is always there.
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.elt?.id === "connection" && (document.activeElement === document.body || !document.activeElement)) {
      document.getElementById("connect-button")?.focus();
    }
  });
})();
