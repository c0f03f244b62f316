# One image for every process: web, worker, clock and the one-off migration differ only in their command
# (docker-compose.yml). Two stages, so that the installer stays out of the result.
FROM python:3.11-slim AS packages
WORKDIR /app
COPY requirements-bootstrap.txt requirements.txt ./
RUN pip install --no-cache-dir --require-hashes -r requirements-bootstrap.txt \
    && python -m venv /venv \
    && VIRTUAL_ENV=/venv uv pip install --no-cache --require-hashes -r requirements.txt

FROM python:3.11-slim
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=scadl.settings.production \
    DATA_DIR=/data
# A user without rights or a home; it owns nothing but the data.
RUN groupadd --system --gid 10001 scadl \
    && useradd --system --uid 10001 --gid scadl --no-create-home --shell /usr/sbin/nologin scadl \
    && install --directory --owner scadl --group scadl --mode 0700 /data
COPY --from=packages /venv /venv
WORKDIR /app
COPY . .
# The settings of production refuse to load without their secrets. Collecting static files needs none of them: these
# values end with the step and are in no layer.
RUN SECRET_KEY=only-for-this-step ALLOWED_HOSTS=none SITE_URL=https://none DEFAULT_FROM_EMAIL=none \
    EMAIL_URL=dummymail:// DATABASE_URL=sqlite:////tmp/none DATA_DIR=/tmp/none \
    python manage.py collectstatic --noinput --verbosity 0 \
    && python -m compileall -q /app/accounts /app/reviews /app/scadl /app/submissions
USER scadl
VOLUME /data
EXPOSE 8000
CMD ["gunicorn", "--config", "scadl/gunicorn.py", "scadl.wsgi"]
