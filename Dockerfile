# One image for web, worker and beat; compose.yaml says which command each runs.
FROM python:3.11-slim AS packages
WORKDIR /app
COPY requirements.lock ./
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --require-hashes -r requirements.lock

FROM python:3.11-slim
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 DEBUG=false
RUN useradd --system --uid 10001 --create-home mobly
WORKDIR /app
COPY --from=packages /venv /venv
COPY . .
# The names of the collected files carry their hash, so that browsers may keep them for ever. No secret is needed for that.
RUN SECRET_KEY=build ENCRYPTION_KEYS=$(python -c "import base64, os; print(base64.urlsafe_b64encode(os.urandom(32)).decode())") \
    python manage.py collectstatic --noinput
USER mobly
EXPOSE 8000
CMD ["gunicorn", "mobly_sync.wsgi", "--bind", "0.0.0.0:8000", "--worker-class", "gthread", "--workers", "2", "--threads", "8", \
     "--no-control-socket", "--access-logfile", "-"]
