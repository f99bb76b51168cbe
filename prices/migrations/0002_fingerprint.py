from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("prices", "0001_initial")]

    operations = [
        migrations.RenameField("offer", "details_key", "fingerprint"),
    ]
